using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vdi.Protocol.Qmp;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Machines;

/// <summary>QEMU's monitor (QMP) of one machine.</summary>
public sealed class QmpClient : LineClient
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private readonly TaskCompletionSource _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private QmpClient(Socket socket) : base(socket) { }

    protected override string PeerName => "QEMU";

    /// <summary>QEMU's events, in order; the handler must not block.</summary>
    public event Action<QmpMessage>? Event;

    /// <param name="peer">Process id of the QEMU that must listen there.</param>
    public static async Task<QmpClient> ConnectAsync(string path, int peer, TimeSpan deadline, CancellationToken stop)
    {
        var client = new QmpClient(await MachineSocket.ConnectAsync(path, peer, "QEMU", stop));
        try
        {
            client.StartReading();
            var first = await Task.WhenAny(client._greeted.Task, client.Closed).WaitAsync(deadline, stop);
            if (first == client.Closed)
            {
                throw new MachineException((await client.Closed).Message);
            }

            await client.CallAsync("qmp_capabilities", null, stop);
            return client;
        }
        catch (TimeoutException)
        {
            await client.DisposeAsync();
            throw new MachineException($"QEMU did not greet within {deadline.TotalSeconds:0.#} s");
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    public Task<JsonElement> CallAsync(string command, JsonObject? arguments, CancellationToken stop) => CallAsync(command, arguments, Deadline, stop);

    /// <summary>What the processors do: running, paused, inmigrate, io-error …</summary>
    public Task<string> StatusAsync(CancellationToken stop) => StatusAsync(Deadline, stop);

    internal async Task<string> StatusAsync(TimeSpan deadline, CancellationToken stop) =>
        await CallAsync("query-status", null, deadline, stop) is { ValueKind: JsonValueKind.Object } answer
        && answer.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.String
            ? status.GetString()!
            : throw new MachineException("QEMU does not say what its machine does");

    /// <summary>A new private line to the machine's display. QEMU answers calls on the newest D-Bus line only; pictures come on all.</summary>
    public async Task<DisplayLine> OpenDisplayAsync(DisplayProtocol protocol, CancellationToken stop)
    {
        var (mine, theirs) = UnixSocket.Pair();
        try
        {
            await SendDescriptorAsync("display", theirs.SafeHandle, stop);
            await CallAsync("add_client", new JsonObject { ["protocol"] = protocol == DisplayProtocol.DBus ? "@dbus-display" : "vnc", ["fdname"] = "display", ["skipauth"] = true }, stop);
            return new DisplayLine(protocol, mine);
        }
        catch
        {
            mine.Dispose();
            throw;
        }
        finally
        {
            theirs.Dispose();
        }
    }

    /// <summary>See <see cref="DisplayLine.Point"/>: QEMU counts so, too (INPUT_EVENT_ABS_MAX).</summary>
    public Task PointAsync(int x, int y, CancellationToken stop) => CallAsync("input-send-event", new JsonObject { ["events"] = new JsonArray(Axis("x", x), Axis("y", y)) }, stop);

    /// <summary>Writes the screen as a PPM picture into <paramref name="file"/>, which must be open for writing only.</summary>
    public async Task ScreenDumpAsync(SafeHandle file, CancellationToken stop)
    {
        const int Set = 9;
        await SendToSetAsync(Set, file, stop);
        try
        {
            await CallAsync("screendump", new JsonObject { ["filename"] = $"/dev/fdset/{Set}" }, stop);
        }
        finally
        {
            await CallAsync("remove-fd", new JsonObject { ["fdset-id"] = Set }, stop);
        }
    }

    private static JsonObject Axis(string axis, int value) => new() { ["type"] = "abs", ["data"] = new JsonObject { ["axis"] = axis, ["value"] = value } };

    protected override void OnOther(QmpMessage message)
    {
        if (message.Kind == QmpMessageKind.Greeting)
        {
            _greeted.TrySetResult();
        }
        else if (message.Kind == QmpMessageKind.Event)
        {
            Event?.Invoke(message);
        }
    }

    /// <summary>Makes the descriptor openable for QEMU as /dev/fdset/<paramref name="set"/>.</summary>
    internal Task SendToSetAsync(int set, SafeHandle descriptor, CancellationToken stop) =>
        CallAsync("add-fd", new JsonObject { ["fdset-id"] = set }, descriptor, Deadline, stop);

    /// <summary>Gives QEMU its own copy of a descriptor under a name; the command that uses it takes it away again.</summary>
    internal Task SendDescriptorAsync(string name, SafeHandle descriptor, CancellationToken stop) =>
        CallAsync("getfd", new JsonObject { ["fdname"] = name }, descriptor, Deadline, stop);
}
