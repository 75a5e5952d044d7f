namespace Vdi.TestSupport.Fuzzing;

/// <summary>A reader did what it must not; the message has the bytes.</summary>
public sealed class FuzzFinding(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>The loop of all tests that feed a reader with what was changed: bounded, and the same for one seed.</summary>
public static class FuzzRun
{
    /// <summary>Longer than any input takes to be read: a reader that has not ended by then never will.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);

    /// <param name="make">The input of a round.</param>
    /// <param name="read">Ends well, or with what <paramref name="allowed"/> allows.</param>
    /// <param name="mostBytes">What one round may allocate, with what other tests allocate beside it.</param>
    public static async Task RunAsync(int seed, int rounds, Func<Random, byte[]> make, Func<byte[], Task> read, Func<Exception, bool> allowed, long mostBytes)
    {
        var random = new Random(seed);
        for (var round = 0; round < rounds; round++)
        {
            var bytes = make(random);
            var (input, before) = (bytes.ToArray(), GC.GetTotalAllocatedBytes());
            try
            {
                await read(bytes).WaitAsync(Hang);
            }
            catch (Exception e) when (allowed(e))
            {
                // As it should be.
            }
            catch (Exception e)
            {
                throw new FuzzFinding($"Seed {seed}, round {round}: {e.Message}\n{Convert.ToHexStringLower(input)}", e);
            }

            if (GC.GetTotalAllocatedBytes() - before is var allocated && allocated > mostBytes)
            {
                throw new FuzzFinding($"Seed {seed}, round {round}: {allocated} bytes were allocated for\n{Convert.ToHexStringLower(input)}");
            }
        }
    }
}
