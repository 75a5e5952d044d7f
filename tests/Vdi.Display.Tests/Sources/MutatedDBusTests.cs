using System.Buffers.Binary;
using System.Net.Sockets;
using Vdi.Display.Sources;
using Vdi.Protocol;
using Vdi.Protocol.DBus;
using Vdi.Protocol.UnixSockets;
using Vdi.Protocol.Wire;

namespace Vdi.Display.Tests.Sources;

/// <summary>Fault 21 for the D-Bus display: valid sessions with something wrong in them, the same ones in every run.</summary>
public sealed class MutatedDBusTests
{
    private const int Rounds = 300;

    /// <summary>What one session may cost, though it lies about every size, with what other tests allocate beside it.</summary>
    private const long MaxAllocated = 64L * 1024 * 1024;

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
        ReadOnlySpan<uint> giants = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 8192, 8193, 1 << 26, (1 << 27) - 5000];
        for (var numbers = random.Next(1, 4); numbers > 0; numbers--)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(random.Next((bytes.Length - 4) / 4) * 4), giants[random.Next(giants.Length)]);
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
    public async Task Session_of_random_calls_ends_in_a_protocol_error(int seed) => await FuzzAsync(seed, (_, random) =>
    {
        string[] members = ["ScanoutMap", "UpdateMap", "Scanout", "Update", "CursorDefine", "MouseSet", "Disable", "ScanoutDMABUF", "GetAll"];
        string[] signatures = [ScanoutMap.Signature, UpdateMap.Signature, Scanout.Signature, Update.Signature, CursorDefine.Signature, MouseSet.Signature, "", "huuuutb", "s"];
        var session = new List<byte>();
        for (var calls = random.Next(1, 8); calls > 0; calls--)
        {
            var (which, body) = (random.Next(members.Length), new byte[random.Next(64)]);
            for (var at = 0; at < body.Length; at += 4)
            {
                BitConverter.TryWriteBytes(body.AsSpan(at), random.Next(3) == 0 ? random.Next() : random.Next(20));
            }

            string[] interfaces = [Display1.Listener, Display1.ListenerUnixMap, Display1.Properties];
            session.AddRange(DBusMessage.Call((uint)random.Next(1, 99), Display1.ListenerPath, interfaces[random.Next(3)], members[which], signatures[random.Next(4) == 0 ? random.Next(signatures.Length) : which], body, (uint)random.Next(2), random.Next(2) == 0));
        }

        return [.. session];
    });

    [Theory]
    [InlineData(1)]
    public async Task Bytes_without_any_sense_behind_a_good_handshake_end_in_a_protocol_error(int seed) => await FuzzAsync(seed, (_, random) =>
    {
        var noise = new byte[random.Next(2000)];
        random.NextBytes(noise);
        return noise;
    });

    /// <summary>The other connection: answers to calls, as a hostile QEMU might give them.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Answers_with_something_wrong_in_them_end_in_a_protocol_error(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            byte[] answers = [.. "OK 1234\r\nAGREE_UNIX_FD\r\n"u8, .. DBusMessage.Return(1, 1, "", []), .. DBusMessage.Error(2, 2, "org.qemu.Display1.Error.Failed"), .. new byte[8]];
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                answers[random.Next(answers.Length)] ^= (byte)(1 << random.Next(8));
            }

            var (mine, theirs) = UnixSocket.Pair();
            await using var source = new DBusSource(mine, TimeProvider.System);
            await theirs.SendAsync(answers);
            theirs.Shutdown(SocketShutdown.Send);
            var end = await Record.ExceptionAsync(() => source.RunAsync(new StrictSink(), default).WaitAsync(TimeSpan.FromSeconds(10)));
            Assert.True(end is ProtocolException, $"Seed {seed}, round {round}: {end}\n{Convert.ToHexStringLower(answers)}");
            theirs.Dispose();
        }
    }

    /// <summary>The unharmed session is one: else the mutations would test nothing.</summary>
    [Fact]
    public async Task Session_without_a_mutation_is_read_to_its_end()
    {
        var sink = new StrictSink();
        var end = await Assert.ThrowsAsync<ProtocolException>(() => RunAsync(Session(), sink));
        Assert.Contains("closed the line", end.Message, StringComparison.Ordinal);
        Assert.True(sink is { Resizes: 3, Cursors: 2, Flushes: > 0 } && sink.Updates >= 30 + 5 + 1, $"{sink.Updates} updates, {sink.Resizes} sizes, {sink.Cursors} pointers");
    }

    /// <summary>Everything that a listener knows: pixels both ways, sizes, pointers, switched off, what it refuses. Two descriptors come
    /// with its first bytes.</summary>
    private static byte[] Session()
    {
        const uint Format = DBusPeer.Format;
        var serial = 0u;
        return
        [
            .. Call(Display1.Properties, "GetAll", "s", new DBusWriter().Text(Display1.Listener).Written.ToArray()),
            .. Call(Display1.ListenerUnixMap, "ScanoutMap", ScanoutMap.Signature, new ScanoutMap(0, 40, 30, 160, Format).Write(), 1),
            .. Call(Display1.ListenerUnixMap, "UpdateMap", UpdateMap.Signature, new UpdateMap(0, 0, 40, 30).Write()),
            .. Call(Display1.Listener, "CursorDefine", CursorDefine.Signature, new CursorDefine(8, 6, 1, 1, new byte[8 * 6 * 4]).Write()),
            .. Call(Display1.Listener, "MouseSet", MouseSet.Signature, new MouseSet(3, 3, 1).Write()),
            .. Call(Display1.Listener, "Scanout", Scanout.Signature, new Scanout(10, 30, 40, Format, new byte[1200]).Write()),
            .. Call(Display1.Listener, "Update", Update.Signature, new Update(new(3, 4, 7, 5), 28, Format, new byte[140]).Write()),
            .. Call(Display1.Listener, "ScanoutDMABUF", "huuuutb", new byte[32]),
            .. Call(Display1.ListenerUnixMap, "ScanoutMap", ScanoutMap.Signature, new ScanoutMap(16, 20, 10, 96, 0x20038888).Write(), 1),
            .. Call(Display1.ListenerUnixMap, "UpdateMap", UpdateMap.Signature, new UpdateMap(19, 9, 1, 1).Write()),
            .. Call(Display1.Listener, "MouseSet", MouseSet.Signature, new MouseSet(3, 3, 0).Write()),
            .. Call(Display1.Listener, "Disable", "", []),
        ];

        byte[] Call(string @interface, string member, string signature, byte[] body, uint descriptors = 0) =>
            DBusMessage.Call(++serial, Display1.ListenerPath, @interface, member, signature, body, descriptors, wantsReply: serial % 2 == 0);
    }

    /// <summary>Plays QEMU to a source until the source ends.</summary>
    private static async Task RunAsync(byte[] session, IDisplaySink sink)
    {
        await using var peer = new DBusPeer(TimeProvider.System, map: true).Start();
        await using var source = peer.Source;
        var running = source.RunAsync(sink, default);
        var listener = await peer.Listener;
        try
        {
            using var memory = Memfd.Of(new byte[40 * 30 * 4]);
            for (var i = 0; i < 2 && i < session.Length; i++)
            {
                UnixSocket.SendWithDescriptor(listener, session.AsSpan(i, 1), memory);
            }

            await listener.SendAsync(session.AsMemory(Math.Min(2, session.Length)));
            listener.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The source had heard enough.
        }

        await running.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private static async Task FuzzAsync(int seed, Func<byte[], Random, byte[]> mutate)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var session = mutate(Session(), random);
            var before = GC.GetTotalAllocatedBytes();
            var end = await Record.ExceptionAsync(() => RunAsync([.. session], new StrictSink()));
            Assert.True(end is ProtocolException, $"Seed {seed}, round {round}: {end}\n{Convert.ToHexStringLower(session)}");
            Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, MaxAllocated);
        }
    }
}
