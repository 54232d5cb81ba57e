using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Pare.Tests.Fuzzing;

/// <summary>
/// Gives a reader changed files, one after the other, and keeps those at which it says something new as files to change further. The same
/// seed gives the same files.
/// </summary>
internal sealed partial class Fuzzer
{
    /// <summary>What a reader may take for one input, in seconds.</summary>
    public const double MostSeconds = 1;

    private const int MostKept = 300, MostFaults = 5, MostKinds = 1000;
    private const double Stuck = 60;

    private readonly Reader _reader;
    private readonly FuzzInput _input;
    private readonly Dictionary<string, int> _outcomes = new(StringComparer.Ordinal);
    private readonly List<string> _faults = [];
    private readonly string? _found;
    private long _began;

    private Fuzzer(Reader reader, FuzzInput input, string? found) => (_reader, _input, _found) = (reader, input, found);

    /// <summary>What came out.</summary>
    /// <param name="Inputs">Files that were read.</param>
    /// <param name="Accepted">Those of them that were found sound.</param>
    /// <param name="Messages">Different refusals.</param>
    /// <param name="Seconds">How long it took in all.</param>
    /// <param name="Slowest">The longest time for one, in seconds.</param>
    /// <param name="MostBytes">The most that was allocated for one.</param>
    /// <param name="Faults">What must not be, with the input in base 64.</param>
    public sealed record Outcome(
        int Inputs, int Accepted, int Messages, double Seconds, double Slowest, long MostBytes, IReadOnlyList<string> Faults);

    /// <summary>Reads many changed files.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="inputs">How many files.</param>
    /// <param name="seed">From where the changes are drawn.</param>
    /// <param name="found">A folder for files at which something was wrong; null for none.</param>
    public static Outcome Run(Reader reader, int inputs, int seed, string? found = null)
    {
        string folder = Directory.CreateTempSubdirectory("pare-fuzz-").FullName;
        try
        {
            // The reader sees a folder within, so that what leads out of it leads to something that is ours.
            string inner = Directory.CreateDirectory(Path.Combine(folder, "inner")).FullName;
            File.WriteAllText(Path.Combine(folder, "secret"), "not to be read");
            reader.Prepare?.Invoke(inner);
            var fuzzer = new Fuzzer(reader, new FuzzInput(inner, reader.FileName), found);
            Outcome? outcome = null;
            Exception? failure = null;
            var thread = new Thread(() =>
            {
                try
                {
                    outcome = fuzzer.Loop(inputs, seed);
                }
                catch (Exception error)
                {
                    failure = error;
                }
            })
            { IsBackground = true };
            thread.Start();
            while (!thread.Join(TimeSpan.FromSeconds(1)))
            {
                long began = Volatile.Read(ref fuzzer._began);
                if (began != 0 && Stopwatch.GetElapsedTime(began).TotalSeconds > Stuck)
                    return new Outcome(0, 0, 0, 0, Stuck, 0, [fuzzer.Keep("it does not end", fuzzer._input.Bytes)]);
            }

            return outcome ?? throw new InvalidOperationException($"the fuzzing of {reader.Name} failed", failure);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads one file; what must not be, or null.</summary>
    public static string? RunOne(Reader reader, byte[] bytes)
    {
        string folder = Directory.CreateTempSubdirectory("pare-fuzz-").FullName;
        try
        {
            string inner = Directory.CreateDirectory(Path.Combine(folder, "inner")).FullName;
            reader.Prepare?.Invoke(inner);
            var fuzzer = new Fuzzer(reader, new FuzzInput(inner, reader.FileName), null);
            fuzzer.ReadOne(bytes, out _, out _, out _);
            return fuzzer._faults.FirstOrDefault();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private Outcome Loop(int inputs, int seed)
    {
        byte[][] seeds = _reader.Seeds();
        List<byte[]> corpus = [.. seeds];

        // Warm, so that the first inputs do not pay for compiling.
        foreach (byte[] bytes in seeds)
        {
            string outcome = ReadOne(bytes, out _, out _, out _);
            if (outcome.Length > 0) throw new InvalidOperationException($"a seed of {_reader.Name} is refused: {outcome}");
        }

        var mutator = new Mutator(seed, _reader.Words);
        int accepted = 0, read = 0;
        double slowest = 0;
        long most = 0, start = Stopwatch.GetTimestamp();
        for (; read < inputs && _faults.Count < MostFaults; read++)
        {
            byte[] from = mutator.Next(3) == 0 ? seeds[mutator.Next(seeds.Length)] : corpus[mutator.Next(corpus.Count)];
            byte[] bytes = mutator.Change(from, corpus);
            if (_reader.Mend is { } mend && mutator.Next(4) > 0) bytes = mend(bytes, from);
            string outcome = ReadOne(bytes, out double seconds, out long allocated, out bool isNew);
            if (outcome.Length == 0) accepted++;
            slowest = Math.Max(slowest, seconds);
            most = Math.Max(most, allocated);
            if (isNew && corpus.Count < MostKept) corpus.Add(bytes);
        }

        return new Outcome(read, accepted, _outcomes.Count, Stopwatch.GetElapsedTime(start).TotalSeconds, slowest, most, _faults);
    }

    // What was said; nothing where the input was taken.
    private string ReadOne(byte[] bytes, out double seconds, out long allocated, out bool isNew)
    {
        _input.Set(bytes);
        string outcome = "";
        seconds = double.MaxValue;
        allocated = 0;

        // A machine that does something else for a while is no fault of the reader: neither the clock nor other threads count alone.
        for (int attempt = 0; attempt < 4 && seconds > MostSeconds; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread(), began = Stopwatch.GetTimestamp();
            TimeSpan computed = Environment.CpuUsage.TotalTime;
            Volatile.Write(ref _began, began);
            try
            {
                _reader.Read(_input);
            }
            catch (Exception error)
            {
                outcome = $"{error.GetType().Name}: {error.Message}";
                if (!_reader.Errors.Contains(error.GetType()) && attempt == 0) _faults.Add(Keep(error.ToString(), bytes));
            }

            Volatile.Write(ref _began, 0);
            double computing = (Environment.CpuUsage.TotalTime - computed).TotalSeconds;
            seconds = Math.Min(seconds, Math.Min(computing, Stopwatch.GetElapsedTime(began).TotalSeconds));
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        long bound = _reader.BaseBytes + (_reader.BytesAByte * bytes.Length);
        if (seconds > MostSeconds) _faults.Add(Keep(string.Create(CultureInfo.InvariantCulture, $"it took {seconds:F1} s"), bytes));
        if (allocated > bound) _faults.Add(Keep($"{allocated} bytes were allocated for {bytes.Length}; the bound is {bound}", bytes));
        string kind = Named().Replace(outcome, " ");
        int seen = _outcomes.GetValueOrDefault(kind);
        isNew = seen < 2;
        if (seen > 0 || _outcomes.Count < MostKinds) _outcomes[kind] = seen + 1;
        return outcome;
    }

    private string Keep(string what, byte[] bytes)
    {
        if (_found is not null)
        {
            Directory.CreateDirectory(_found);
            string name = $"{_reader.Name.Replace(' ', '-')}-{Convert.ToHexStringLower(SHA256.HashData(bytes))[..12]}";
            File.WriteAllBytes(Path.Combine(_found, name), bytes);
            File.WriteAllText(Path.Combine(_found, name + ".txt"), what);
        }

        return $"{_reader.Name}: {what}\n{Convert.ToBase64String(bytes)}";
    }

    // What a refusal says beside the names and numbers in it.
    [GeneratedRegex("""['`"].*['`"]|[^a-zA-Z ]+""", RegexOptions.Singleline)]
    private static partial Regex Named();
}
