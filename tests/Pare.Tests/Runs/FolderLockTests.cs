using System.Diagnostics;
using System.Text.Json;
using Pare.Runs;
using Pare.Tests.Support;

namespace Pare.Tests.Runs;

public sealed class FolderLockTests : IDisposable
{
    private static readonly LockHolder s_me = LockHolder.Current("pare down");

    private readonly DataFolder _folder = new();

    private string Work => _folder["work"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_folder_is_taken_once_and_free_afterwards_without_a_trace()
    {
        using (FolderLock held = FolderLock.Take(Work, "pare down"))
        {
            Assert.True(held.Holds());
            var error = Assert.Throws<RunException>(() => FolderLock.Take(Work, "pare train"));
            Assert.Matches(
                $"^Another `pare down` works in the folder: process {Environment.ProcessId} on {Environment.MachineName}, since " +
                @"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\.$", error.Message);
            Assert.Equal((Work, "folder"), (error.Where, error.Setting));
            Assert.Null(FolderLock.TryTake(Work, "pare train"));
            Assert.Equal("pare down", FolderLock.HolderOf(Work)?.Command);
        }

        Assert.Null(FolderLock.HolderOf(Work));
        Assert.False(Path.Exists(Work));

        // One that was not made for it stays.
        Directory.CreateDirectory(Work);
        FolderLock.Take(Work, "pare down").Dispose();
        Assert.Empty(Directory.EnumerateFileSystemEntries(Work));
    }

    [Fact]
    public void What_could_not_be_made_leaves_no_folder_above_it()
    {
        string above = Path.Combine(Work, "above");
        Assert.Throws<RunException>(() => FolderLock.Take(Path.Combine(above, "below", new string('x', 300)), "pare down"));
        Assert.False(Path.Exists(Work));
    }

    [Fact]
    public void A_folder_that_was_made_for_it_stays_where_somebody_put_another_thing_in_its_place()
    {
        string moved = _folder["moved"];
        using (FolderLock.Take(Work, "pare down"))
        {
            File.WriteAllText(Path.Combine(Work, "model"), "weights");
            Directory.Move(Work, moved);
            Directory.CreateSymbolicLink(Work, moved);
        }

        Assert.Equal("weights", File.ReadAllText(Path.Combine(Work, "model")));
        Assert.False(File.Exists(Path.Combine(moved, FolderLock.FileName)));

        // Emptied, and made again by hand.
        string again = _folder["again"];
        using (FolderLock.Take(again, "pare down"))
        {
            Directory.Delete(again, recursive: true);
            Directory.CreateDirectory(again);
        }

        Assert.True(Directory.Exists(again));
    }

    [Fact]
    public void Of_many_that_want_it_at_once_one_gets_it()
    {
        foreach (bool isDeadOnesThere in new[] { false, true })
        {
            for (int round = 0; round < 10; round++)
            {
                if (isDeadOnesThere) Leave(Gone());
                FolderLock?[] taken = new FolderLock?[8];
                Parallel.For(0, taken.Length, i => taken[i] = FolderLock.TryTake(Work, "pare down"));
                FolderLock held = Assert.Single(taken.OfType<FolderLock>());
                Assert.True(held.Holds());
                held.Dispose();
                if (Path.Exists(Work)) Assert.Empty(Directory.EnumerateFileSystemEntries(Work));
            }
        }
    }

    [Fact]
    public void What_a_killed_writer_left_in_the_folder_is_swept_out_and_what_is_only_linked_to_is_left()
    {
        string inner = Directory.CreateDirectory(Path.Combine(Work, "run")).FullName;
        string elsewhere = Directory.CreateDirectory(_folder["elsewhere"]).FullName;
        Directory.CreateSymbolicLink(Path.Combine(Work, "link"), elsewhere);
        string[] left = [.. new[] { inner, elsewhere }.Select(static folder => WholeFile.TemporaryBeside(Path.Combine(folder, "a")))];
        foreach (string file in left)
        {
            File.WriteAllText(file, "");
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-1));
        }

        FolderLock.Take(Work, "pare down").Dispose();
        Assert.Equal([false, true], left.Select(File.Exists));
    }

    [Fact]
    public void The_lock_of_a_process_that_is_gone_is_in_nobodys_way()
    {
        Leave(Gone());
        Assert.Null(FolderLock.HolderOf(Work));
        using FolderLock held = FolderLock.Take(Work, "pare down");
        Assert.True(held.Holds());
    }

    [Fact]
    public void A_number_that_was_given_to_another_process_does_not_hold()
    {
        Leave(s_me with { Began = s_me.Began - 1 });
        FolderLock.Take(Work, "pare down").Dispose();
    }

    [Fact]
    public void A_process_that_goes_on_holds_whatever_it_is()
    {
        Leave(s_me with { Token = Guid.NewGuid() });
        Assert.Null(FolderLock.TryTake(Work, "pare down"));
    }

    [Fact]
    public void A_holder_on_another_machine_is_named_with_the_way_to_free_the_folder()
    {
        Leave(Gone() with { Host = "node7", Boot = Guid.NewGuid().ToString(), Machine = "other" });
        var error = Assert.Throws<RunException>(() => FolderLock.Take(Work, "pare down"));
        Assert.Contains("on node7, since", error.Message, StringComparison.Ordinal);
        Assert.Contains($", delete {Path.Combine(Work, ".lock")} and start again; ", error.Remedy, StringComparison.Ordinal);
        Assert.EndsWith(", or choose another folder.", error.Remedy, StringComparison.Ordinal);
        Assert.Equal("node7", FolderLock.HolderOf(Work)?.Host);
    }

    [Fact]
    public void A_machine_that_has_been_started_again_since_holds_nothing_and_a_container_of_the_same_name_may()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "starts are numbered on Linux");
        LockHolder now = s_me with { Machine = "m", Namespace = "pid:[4026531836]" }, before = now with { Boot = "before" };
        Assert.Equal(HolderStanding.Gone, before.SeenBy(now));
        Assert.Equal(HolderStanding.Elsewhere, before.SeenBy(now with { Machine = "other" }));
        Assert.Equal(HolderStanding.Elsewhere, (before with { Namespace = "pid:[4026532000]" }).SeenBy(now));
        Assert.Equal(HolderStanding.Elsewhere, (before with { Machine = null }).SeenBy(now with { Machine = null }));
    }

    [Fact]
    public void Another_container_of_this_kernel_holds_while_it_has_the_file_open()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs containers");
        Leave(s_me with { Namespace = "pid:[1]" });
        using (new FileStream(Path.Combine(Work, ".lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
            Assert.Null(FolderLock.TryTake(Work, "pare down"));
        FolderLock.Take(Work, "pare down").Dispose();
    }

    [Fact]
    public void A_task_that_its_scheduler_starts_again_takes_the_place_of_its_predecessor_wherever_that_ran()
    {
        LockHolder elsewhere = s_me with { Boot = "there", Machine = "there", Host = "there" };
        Assert.Equal(HolderStanding.Gone, (elsewhere with { Task = "job-7" }).SeenBy(s_me with { Task = "job-7" }));
        Assert.Equal(HolderStanding.Elsewhere, (elsewhere with { Task = "job-7" }).SeenBy(s_me with { Task = "job-8" }));
        Assert.Equal(HolderStanding.Elsewhere, (elsewhere with { Task = "job-7" }).SeenBy(s_me));
        LockHolder first = elsewhere with { Task = "slurm 1", TaskRestarts = 0 }, second = s_me with { Task = "slurm 1", TaskRestarts = 1 };
        Assert.Equal(HolderStanding.Gone, first.SeenBy(second));
        Assert.Equal(HolderStanding.Elsewhere, first.SeenBy(second with { TaskRestarts = 0 }));
        Assert.Equal(HolderStanding.Alive, (s_me with { Task = "job-7" }).SeenBy(s_me with { Task = "job-7" }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{ "command": "pare down" }""")]
    public void A_lock_without_a_word_in_it_holds_while_it_is_open_and_only_then(string text)
    {
        string file = _folder.Write("work/.lock", System.Text.Encoding.UTF8.GetBytes(text));
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
        using (new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            Assert.Contains("does not say by whom", Assert.Throws<RunException>(() => FolderLock.Take(Work, "pare down")).Message,
                StringComparison.Ordinal);
        FolderLock.Take(Work, "pare down").Dispose();
    }

    [Fact]
    public void Who_was_robbed_of_a_folder_knows_it_and_leaves_the_new_holder_alone()
    {
        FolderLock robbed = FolderLock.Take(Work, "pare down");
        Directory.Delete(Work, recursive: true);
        Assert.False(robbed.Holds());
        using FolderLock held = FolderLock.Take(Work, "pare down");
        Assert.False(robbed.Holds());
        robbed.Dispose();
        Assert.True(held.Holds());
    }

    [Fact]
    public void A_folder_that_must_not_be_written_is_told_as_that()
    {
        Directory.CreateDirectory(Work);
        _folder.Write("file", [1]);
        var error = Assert.Throws<RunException>(() => FolderLock.Take(_folder["file"], "pare down"));
        Assert.Equal("folder", error.Setting);
    }

    private void Leave(LockHolder holder)
    {
        Directory.CreateDirectory(Work);
        File.WriteAllBytes(Path.Combine(Work, ".lock"), JsonSerializer.SerializeToUtf8Bytes(holder, RunRecords.TypeOf<LockHolder>()));
    }

    private static LockHolder Gone()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", "--version") { RedirectStandardOutput = true })!;
        process.WaitForExit();
        return s_me with { Process = process.Id, Token = Guid.NewGuid() };
    }
}
