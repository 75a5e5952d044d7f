using System.Buffers;
using Vdi.Display.Recording;
using Vdi.Emulator.Importing;
using Vdi.Emulator.Machines;
using Vdi.Protocol;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport.Screens;

namespace Vdi.TestSupport.Fuzzing;

/// <summary>A reader of what somebody hostile may say. It takes any bytes and ends, well or with a <see cref="ProtocolException"/>; whatever else
/// it does is a fault. Its seeds are in tests/Vdi.Fuzz/corpus, in the folder of its name.</summary>
public sealed record FuzzTarget(string Name, Func<byte[], Task> ReadAsync)
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("dbus", bytes => DBusScript.RunAsync(bytes, new StrictSink())),
        new("rfb", bytes => RfbScript.RunAsync(bytes, new StrictSink())),
        new("trace", TraceAsync),
        new("client", Synchronous(Client)),
        new("server", Synchronous(Server)),
        new("disk", Synchronous(Disk)),
    ];

    public static FuzzTarget Of(string name) => All.FirstOrDefault(target => target.Name == name)
        ?? throw new ArgumentException($"There is no target '{name}'; there are: {string.Join(", ", All.Select(target => target.Name))}", nameof(name));

    /// <summary>True where the bytes were taken, false where they were refused.</summary>
    public async Task<bool> TakesAsync(byte[] bytes)
    {
        try
        {
            await ReadAsync(bytes);
            return true;
        }
        catch (ProtocolException)
        {
            return false;
        }
    }

    private static Func<byte[], Task> Synchronous(Action<byte[]> read) => bytes =>
    {
        read(bytes);
        return Task.CompletedTask;
    };

    private static async Task TraceAsync(byte[] bytes)
    {
        await using var source = new ReplaySource(new MemoryStream(bytes), TimeProvider.System) { Stays = false, Pace = (_, _) => Task.CompletedTask };
        await source.RunAsync(new StrictSink(), default);
    }

    /// <summary>What a browser says: Hello, or a batch. What is taken means what its bytes say.</summary>
    private static void Client(byte[] bytes)
    {
        var written = new ArrayBufferWriter<byte>();
        if (bytes is [(byte)ClientMessageType.Hello, ..])
        {
            Hello.Read(bytes).Write(written);
        }
        else
        {
            ClientMessage.ReadAll(bytes).ForEach(message => message.Write(written));
        }

        Same(bytes, written.WrittenSpan);
    }

    /// <summary>What a host says, read as our headless clients do.</summary>
    private static void Server(byte[] bytes)
    {
        var written = new ArrayBufferWriter<byte>();
        switch (bytes.Length == 0 ? throw new ProtocolException("wire: an empty message") : (ServerMessageType)bytes[0])
        {
            case ServerMessageType.Welcome:
                // Text that is not UTF-8 is replaced, so it need not be written as it was.
                _ = Welcome.Read(bytes);
                return;
            case ServerMessageType.Cursor:
                var reader = new WireReader(bytes.AsSpan(1));
                Cursor.Read(ref reader).Write(written);
                break;
            case ServerMessageType.Video:
                VideoPart.Read(bytes).Write(written);
                break;
            case ServerMessageType.Frame:
                FramePart.Read(bytes).Write(written);
                break;
            default:
                throw new ProtocolException("wire: nothing that a headless client reads");
        }

        Same(bytes, written.WrittenSpan);
    }

    /// <summary>What somebody uploads, said to be each of the formats that have a header.</summary>
    private static void Disk(byte[] bytes)
    {
        MachineException? refusal = null;
        foreach (var format in (MediumFormat[])[MediumFormat.Qcow2, MediumFormat.Vmdk, MediumFormat.Vhdx, MediumFormat.Iso])
        {
            try
            {
                DiskHeader.Check(new MemoryStream(bytes), format, DiskLimits.Default);
                return;
            }
            catch (MachineException e)
            {
                refusal = e;
            }
        }

        throw new ProtocolException($"disk: {refusal!.Message}");
    }

    private static void Same(ReadOnlySpan<byte> read, ReadOnlySpan<byte> written)
    {
        if (!read.SequenceEqual(written))
        {
            throw new InvalidOperationException($"What was read is written as {Convert.ToHexStringLower(written)}");
        }
    }
}
