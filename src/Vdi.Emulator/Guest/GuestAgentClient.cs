using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Guest;

/// <summary>The guest agent of one machine (QEMU docs/interop/qemu-ga). The guest is hostile: answers are bounded and used as text only.</summary>
public sealed class GuestAgentClient : LineClient
{
    private const string Name = "The guest agent";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);

    private GuestAgentClient(Socket socket) : base(socket) { }

    protected override string PeerName => Name;

    /// <summary>What is asked of it answers in a few KiB; a guest that says more wants our memory.</summary>
    protected override int MaxLine => 1024 * 1024;

    /// <summary>Connects and waits until the agent answers.</summary>
    /// <param name="peer">Process id of the QEMU that must listen there.</param>
    public static async Task<GuestAgentClient> ConnectAsync(string path, int peer, TimeSpan deadline, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(deadline);
        GuestAgentClient? client = null;
        try
        {
            client = new GuestAgentClient(await MachineSocket.ConnectAsync(path, peer, Name, limit.Token));
            client.StartReading();

            // Half a command of an earlier process may be in the agent's parser: 0xFF makes it begin anew (QEMU docs/interop/qemu-ga, guest-sync-delimited).
            await client.Socket.SendAsync(new byte[] { 0xFF }, limit.Token);
            var patience = TimeSpan.FromMilliseconds(250);
            while (true)
            {
                try
                {
                    await client.CallAsync("guest-ping", null, patience, limit.Token);
                    return client;
                }
                catch (MachineException) when (!client.Closed.IsCompleted && !limit.IsCancellationRequested)
                {
                    patience = TimeSpan.FromSeconds(Math.Min(5, patience.TotalSeconds * 2));
                }
            }
        }
        catch (Exception e)
        {
            if (client is not null)
            {
                await client.DisposeAsync();
            }

            if (e is OperationCanceledException && !stop.IsCancellationRequested)
            {
                throw new MachineException($"The guest agent did not answer within {deadline.TotalSeconds:0.#} s", e);
            }

            throw;
        }
    }

    public Task<JsonElement> CallAsync(string command, JsonObject? arguments, CancellationToken stop) => CallAsync(command, arguments, Deadline, stop);

    /// <summary>Runs a program in the guest as root and waits for its end; a program that says more than fits into a line of the agent
    /// (1 MiB) ends the line.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, string[] arguments, TimeSpan deadline, CancellationToken stop)
    {
        var (code, output, errors) = await RunAsync(program, arguments, default, deadline, stop);
        return (code, Encoding.UTF8.GetString(output), errors);
    }

    /// <summary>The same with bytes: what the program reads, and what it writes.</summary>
    public async Task<(int ExitCode, byte[] Output, string Errors)> RunAsync(string program, string[] arguments, ReadOnlyMemory<byte> input, TimeSpan deadline, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(deadline);
        try
        {
            return await RunAsync(program, arguments, input, limit.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new MachineException($"The guest did not finish {program} within {deadline.TotalSeconds:0.#} s");
        }
    }

    private async Task<(int ExitCode, byte[] Output, string Errors)> RunAsync(string program, string[] arguments, ReadOnlyMemory<byte> input, CancellationToken stop)
    {
        var execute = new JsonObject { ["path"] = program, ["arg"] = new JsonArray([.. arguments.Select(a => JsonValue.Create(a))]), ["capture-output"] = true };
        if (!input.IsEmpty)
        {
            // Becomes base64 where it is written, without a string of it.
            execute["input-data"] = JsonValue.Create(input);
        }

        var pid = Number(await CallAsync("guest-exec", execute, stop), "pid") ?? throw new MachineException("The guest agent did not say which process it started");
        while (true)
        {
            var status = await CallAsync("guest-exec-status", new JsonObject { ["pid"] = pid }, stop);
            if (Member(status, "exited") is not { ValueKind: JsonValueKind.True or JsonValueKind.False } exited)
            {
                throw new MachineException("The guest agent did not say whether a process has ended");
            }

            if (exited.GetBoolean())
            {
                return ((int)Math.Clamp(Number(status, "exitcode") ?? -1, int.MinValue, int.MaxValue), Decode(status, "out-data"), Encoding.UTF8.GetString(Decode(status, "err-data")));
            }

            await Task.Delay(20, stop);
        }
    }

    private static byte[] Decode(JsonElement status, string name) =>
        Member(status, name) is { ValueKind: JsonValueKind.String } data && data.TryGetBytesFromBase64(out var bytes) ? bytes : [];

    private static long? Number(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;

    private static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;
}
