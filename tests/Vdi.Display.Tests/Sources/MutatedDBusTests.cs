using Vdi.Protocol;
using Vdi.Protocol.DBus;
using Vdi.TestSupport.Fuzzing;
using Vdi.TestSupport.Screens;

namespace Vdi.Display.Tests.Sources;

/// <summary>Fault 21 for the D-Bus display: valid sessions with something wrong in them, the same ones in every run.</summary>
[Collection(MemoryCollection.Name)]
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
    public Task Session_with_flipped_bits_ends_in_a_protocol_error(int seed) => FuzzAsync(seed, random => Mutations.FlippedBits(DBusScript.Session(), random));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task Session_with_giant_numbers_ends_in_a_protocol_error(int seed) => FuzzAsync(seed, random => Mutations.GiantNumbers(DBusScript.Session(), random));

    [Theory]
    [InlineData(1)]
    public Task Session_that_is_cut_or_repeats_itself_ends_in_a_protocol_error(int seed) => FuzzAsync(seed, random => Mutations.CutOrRepeated(DBusScript.Session(), random));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task Session_of_random_calls_ends_in_a_protocol_error(int seed) => FuzzAsync(seed, random =>
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
    public Task Bytes_without_any_sense_behind_a_good_handshake_end_in_a_protocol_error(int seed) => FuzzAsync(seed, random => Mutations.Noise(random, 2000));

    /// <summary>The other connection: answers to calls, as a hostile QEMU might give them.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public Task Answers_with_something_wrong_in_them_end_in_a_protocol_error(int seed) => FuzzAsync(seed, random =>
    {
        var answers = DBusScript.Answers();
        return [.. answers[..3], .. Mutations.FlippedBits(answers[3..], random)];
    });

    /// <summary>The unharmed session is one: else the mutations would test nothing.</summary>
    [Fact]
    public async Task Session_without_a_mutation_is_read_to_its_end()
    {
        var sink = new StrictSink();
        var end = await Assert.ThrowsAsync<ProtocolException>(() => DBusScript.RunAsync(DBusScript.Session(), sink));
        Assert.Contains("closed the line", end.Message, StringComparison.Ordinal);
        Assert.True(sink is { Resizes: 3, Cursors: 2, Flushes: > 0 } && sink.Updates >= 30 + 5 + 1, $"{sink.Updates} updates, {sink.Resizes} sizes, {sink.Cursors} pointers");
    }

    /// <summary>Always: a peer that leaves is one.</summary>
    private static Task FuzzAsync(int seed, Func<Random, byte[]> make) => FuzzRun.RunAsync(
        seed,
        Rounds,
        make,
        async session => Assert.IsType<ProtocolException>(await Record.ExceptionAsync(() => DBusScript.RunAsync(session, new StrictSink()))),
        _ => false,
        MaxAllocated);
}
