using System.Buffers.Binary;
using System.Net.Sockets;
using Vdi.Display.Sources;
using Vdi.Protocol;
using Vdi.Protocol.UnixSockets;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Tests.Sources;

/// <summary>Fault 21 for screens: valid RFB sessions with something wrong in them, the same ones in every run.</summary>
public sealed class MutatedSessionTests
{
    private const int Rounds = 300;

    /// <summary>What one session may cost, though it lies about every size: pictures are the sink's, not the source's.</summary>
    private const long MaxAllocated = 8L * 1024 * 1024;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Session_with_flipped_bits_ends_in_a_protocol_error(int seed) => await FuzzAsync(seed, (bytes, random) =>
    {
        for (var flips = random.Next(1, 6); flips > 0; flips--)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        return bytes;
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Session_with_giant_numbers_ends_in_a_protocol_error(int seed) => await FuzzAsync(seed, (bytes, random) =>
    {
        ReadOnlySpan<uint> giants = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 8192, 8193];
        for (var numbers = random.Next(1, 4); numbers > 0; numbers--)
        {
            var giant = giants[random.Next(giants.Length)];
            var at = random.Next(12, bytes.Length - 4);
            if (random.Next(2) == 0)
            {
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(at), (ushort)giant);
            }
            else
            {
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(at), giant);
            }
        }

        return bytes;
    });

    [Theory]
    [InlineData(1)]
    public async Task Session_that_is_cut_or_repeats_itself_ends_in_a_protocol_error(int seed) => await FuzzAsync(seed, (bytes, random) =>
    {
        var (from, to) = (random.Next(bytes.Length), random.Next(bytes.Length));
        return random.Next(3) switch
        {
            0 => bytes[..from],
            1 => [.. bytes[..Math.Min(from, to)], .. bytes[Math.Max(from, to)..]],
            _ => [.. bytes[..Math.Max(from, to)], .. bytes[Math.Min(from, to)..]],
        };
    });

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Session_of_random_rectangles_ends_in_a_protocol_error(int seed) => await FuzzAsync(seed, (_, random) =>
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
    public async Task Bytes_without_any_sense_behind_a_good_handshake_end_in_a_protocol_error(int seed) => await FuzzAsync(seed, (_, random) =>
    {
        var noise = new byte[random.Next(4000)];
        random.NextBytes(noise);
        return [.. RfbScript.Start(64, 48), .. noise];
    });

    /// <summary>The unharmed session is one: else the mutations would test nothing.</summary>
    [Fact]
    public async Task Session_without_a_mutation_is_read_to_its_end()
    {
        var sink = new StrictSink();
        var end = await Assert.ThrowsAsync<ProtocolException>(() => RfbScript.RunAsync(RfbScript.Session(), sink));
        Assert.Contains("closed the line", end.Message, StringComparison.Ordinal);
        Assert.True(sink is { Updates: 5, Resizes: 3, Cursors: 3 }, $"{sink.Updates} updates, {sink.Resizes} sizes, {sink.Cursors} pointers");
    }

    private static async Task FuzzAsync(int seed, Func<byte[], Random, byte[]> mutate)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var script = mutate(RfbScript.Session(), random);
            var sink = new StrictSink();
            var before = GC.GetTotalAllocatedBytes();
            try
            {
                await RfbScript.RunAsync(script, sink);
            }
            catch (Exception e)
            {
                Assert.True(e is ProtocolException, $"Seed {seed}, round {round}: {e}\n{Convert.ToHexStringLower(script)}");
            }

            // Other tests allocate beside this one; a number taken for a size would be far beyond.
            Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, MaxAllocated * 8);
        }
    }
}
