using Pare.Execution;

namespace Pare.Tests.Execution;

public class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_thread_runs_each_piece_of_work_once(int threads)
    {
        using var team = new ThreadTeam(threads);
        var counts = new int[threads];
        for (int i = 0; i < 100; i++) team.Run(thread => Interlocked.Increment(ref counts[thread]));
        Assert.All(counts, static count => Assert.Equal(100, count));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Nobody_passes_a_barrier_before_all_are_there_and_the_last_has_done_its_work(int threads)
    {
        const int Rounds = 200;
        using var team = new ThreadTeam(threads);
        int arrived = 0, last = 0, early = 0;
        team.Run(_ =>
        {
            for (int round = 1; round <= Rounds; round++)
            {
                Interlocked.Increment(ref arrived);
                team.Barrier(() => last++);
                if (Volatile.Read(ref arrived) < round * threads || Volatile.Read(ref last) < round) Interlocked.Increment(ref early);
                team.Barrier();
            }
        });
        Assert.Equal((Rounds * threads, Rounds, 0), (arrived, last, early));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_failure_on_any_thread_reaches_the_caller_and_the_team_works_on(int failing)
    {
        using var team = new ThreadTeam(3);
        for (int i = 0; i < 20; i++)
        {
            // The others wait at a barrier that the failing thread never reaches.
            InvalidDataException failure = Assert.Throws<InvalidDataException>(() => team.Run(thread =>
            {
                if (thread == failing) throw new InvalidDataException("this one");
                team.Barrier();
            }));
            Assert.Equal("this one", failure.Message);

            int ran = 0;
            team.Run(_ =>
            {
                team.Barrier();
                Interlocked.Increment(ref ran);
            });
            Assert.Equal(3, ran);
        }
    }

    [Fact]
    public void A_failure_in_the_work_of_the_last_at_a_barrier_reaches_the_caller()
    {
        using var team = new ThreadTeam(2);
        Assert.Throws<InvalidDataException>(() => team.Run(_ => team.Barrier(static () => throw new InvalidDataException())));
        team.Run(_ => team.Barrier());
    }

    [Fact]
    public async Task Disposing_ends_sleeping_and_waking_threads_alike()
    {
        Task disposal = Task.Run(static () =>
        {
            for (int i = 0; i < 20; i++)
            {
                var team = new ThreadTeam(3);
                team.Run(static _ => { });
                if (i % 2 == 0) Thread.Sleep(2);
                team.Dispose();
                team.Dispose();
            }
        });
        await disposal.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_team_that_is_gone_takes_no_work()
    {
        var team = new ThreadTeam(2);
        team.Dispose();
        Assert.Throws<ObjectDisposedException>(() => team.Run(static _ => { }));
    }
}
