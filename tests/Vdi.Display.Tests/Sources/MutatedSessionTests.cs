using Vdi.Protocol;
using Vdi.TestSupport.Fuzzing;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Sources;

/// <summary>Fault 21 for screens: valid RFB sessions with something wrong in them, the same ones in every run.</summary>
[Collection(MemoryCollection.Name)]
public sealed class MutatedSessionTests
{
    private const int Rounds = 300;

    /// <summary>What one session may cost, though it lies about every size: pictures are the sink's, not the source's. Other tests allocate
    /// beside it; a number taken for a size would be far beyond.</summary>
    private const long MaxAllocated = 64L * 1024 * 1024;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public Task Session_with_flipped_bits_ends_in_a_protocol_error(int seed) => FuzzAsync(seed, random => Mutations.FlippedBits(RfbScript.Session(), random));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task Session_with_giant_numbers_ends_in_a_protocol_error(int seed) => FuzzAsync(seed, random => Mutations.GiantNumbers(RfbScript.Session(), random, from: 12));

    [Theory]
    [InlineData(1)]
    public Task Session_that_is_cut_or_repeats_itself_ends_in_a_protocol_error(int seed) => FuzzAsync(seed, random => Mutations.CutOrRepeated(RfbScript.Session(), random));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task Session_of_random_rectangles_ends_in_a_protocol_error(int seed) => FuzzAsync(seed, random =>
    {
        var session = new List<byte>(RfbScript.Start(random.Next(1, 300), random.Next(1, 300)));
        int[] encodings = [0, 0, 0, -239, -223, -257, -258, random.Next()];
        for (var updates = random.Next(1, 8); updates > 0; updates--)
        {
            var count = random.Next(4);
            session.AddRange(RfbScript.Update(count));
            for (var i = 0; i < count; i++)
            {
                session.AddRange(RfbScript.Rectangle(random.Next(320), random.Next(320), random.Next(64), random.Next(64), encodings[random.Next(encodings.Length)]));
                var pixels = new byte[random.Next(20_000)];
                random.NextBytes(pixels);
                session.AddRange(pixels);
            }
        }

        return [.. session];
    });

    [Theory]
    [InlineData(1)]
    public Task Bytes_without_any_sense_behind_a_good_handshake_end_in_a_protocol_error(int seed) => FuzzAsync(seed, random => [.. RfbScript.Start(64, 48), .. Mutations.Noise(random, 4000)]);

    /// <summary>The unharmed session is one: else the mutations would test nothing.</summary>
    [Fact]
    public async Task Session_without_a_mutation_is_read_to_its_end()
    {
        var sink = new StrictSink();
        var end = await Assert.ThrowsAsync<ProtocolException>(() => RfbScript.RunAsync(RfbScript.Session(), sink));
        Assert.Contains("closed the line", end.Message, StringComparison.Ordinal);
        Assert.True(sink is { Updates: 5, Resizes: 3, Cursors: 3 }, $"{sink.Updates} updates, {sink.Resizes} sizes, {sink.Cursors} pointers");
    }

    private static Task FuzzAsync(int seed, Func<Random, byte[]> make) =>
        FuzzRun.RunAsync(seed, Rounds, make, session => RfbScript.RunAsync(session, new StrictSink()), e => e is ProtocolException, MaxAllocated);
}
