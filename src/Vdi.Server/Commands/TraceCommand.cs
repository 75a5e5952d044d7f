using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Vdi.Emulator;
using Vdi.Host.Traces;
using Vdi.Server.Replays;

namespace Vdi.Server.Commands;

/// <summary>vdi trace: what a screen showed, kept in a file, and what it costs on its way to a viewer.</summary>
internal static class TraceCommand
{
    public static Command Create() => new("trace", "Recorded screens, for measuring and support") { Record(), Replay() };

    private static Command Record()
    {
        var file = new Argument<string>("file") { Description = "Where the trace goes" };
        var machine = new Option<string>("--machine") { Description = "A machine of the server that runs here: its id, or how only its id begins" };
        var session = new Option<Guid?>("--session") { Description = "The machine of a session of the server that runs here" };
        var vnc = new Option<string>("--vnc") { Description = "A VNC server: host:port, or the path of a unix socket; without a password" };
        var seconds = new Option<int>("--seconds") { Description = "How long; Ctrl-C ends it earlier and leaves nothing", DefaultValueFactory = _ => 30 };
        var megabytes = new Option<int>("--megabytes") { Description = "The largest trace of a machine or session, in MiB", DefaultValueFactory = _ => 256 };
        var record = new Command("record", "Writes down what a machine or a VNC server shows") { file, machine, session, vnc, seconds, megabytes };
        record.Validators.Add(result =>
        {
            if (((Option[])[machine, session, vnc]).Count(option => result.GetResult(option) is not null) != 1)
            {
                result.AddError("Say what to record: --machine, --session or --vnc, one of them");
            }
        });
        record.SetAction((result, stop) => CommandFailure.GuardAsync("Recording", async () =>
        {
            var (to, length, watch) = (result.GetValue(file)!, result.GetValue(seconds), Stopwatch.StartNew());
            var why = $"{length} s have passed";
            if (result.GetValue(vnc) is { } server)
            {
                await CommandProgress.RunAsync($"Recording {server}", report => TraceRecorder.RecordAsync(
                    server, to, TimeSpan.FromSeconds(length), new Relay<int>(changes => report($"{changes} changes", null)), TimeProvider.System, stop));
                stop.ThrowIfCancellationRequested();
            }
            else
            {
                var request = new RecordingRequest(result.GetValue(machine), result.GetValue(session), length, (long)result.GetValue(megabytes) << 20);
                await CommandProgress.RunAsync($"Recording {request.Machine ?? $"session {request.Session}"}", async report => why = await MachineRecorder.RecordAsync(
                    CommandServices.Get<StateFolder>(), request, to, new Relay<long>(bytes => report($"{bytes >> 10} KiB", null)), stop));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{to} holds {watch.Elapsed.TotalSeconds:0} s, {new FileInfo(to).Length / 1024} KiB: {why}"));
        }));
        return record;
    }

    private static Command Replay()
    {
        var file = new Argument<string>("file") { Description = "A trace" };
        var line = new Option<double>("--mbit") { Description = "What the viewer's line takes, in Mbit/s", DefaultValueFactory = _ => 100 };
        var json = new Option<bool>("--json") { Description = "One JSON object, for scripts" };
        var listen = new Option<int?>("--listen") { Description = "Shows it in a browser on this computer instead, at this port or any that is free", Arity = ArgumentArity.ZeroOrOne };
        var loop = new Option<bool>("--loop") { Description = "With --listen: begins again at the end, where otherwise the last picture stays" };
        var replay = new Command("replay", "Encodes a trace for a viewer and says what it costs, or shows it") { file, line, json, listen, loop };
        replay.Validators.Add(result =>
        {
            var shows = result.GetResult(listen) is not null;
            if (shows && (result.GetResult(line) is { Implicit: false } || result.GetResult(json) is { Implicit: false }))
            {
                result.AddError("--mbit and --json are for the cost, --listen is for looking: one of them");
            }
            else if (!shows && result.GetResult(loop) is { Implicit: false })
            {
                result.AddError("--loop is for --listen");
            }
        });
        replay.SetAction((result, stop) => CommandFailure.GuardAsync("Replaying", () => result.GetResult(listen) is null
            ? CostAsync(result.GetValue(file)!, result.GetValue(line), result.GetValue(json), stop)
            : ShowAsync(result.GetValue(file)!, result.GetValue(loop), result.GetValue(listen) ?? 0, stop)));
        return replay;
    }

    private static async Task CostAsync(string file, double megabits, bool json, CancellationToken stop)
    {
        var cost = await TraceCost.OfAsync(file, megabits * 1e6 / 8, stop);
        Console.WriteLine(json
            ? JsonSerializer.Serialize(cost, JsonSerializerOptions.Web)
            : string.Create(CultureInfo.InvariantCulture, $"{cost.Frames} frames in {cost.Seconds:0.0} s: the first {cost.First / 1024.0:0.0} KiB, all others {cost.Bytes / 1024.0:0.0} KiB; encoding one takes {cost.P50:0.0} ms, 19 of 20 less than {cost.P95:0.0} ms"));
    }

    private static async Task ShowAsync(string file, bool loops, int port, CancellationToken stop)
    {
        try
        {
            await ReplayServer.RunAsync(file, loops, port, link => Console.WriteLine($"Open {link} in a browser on this computer: the link is good once, for ten minutes. Ctrl-C ends the replay."), stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Seen enough.
        }
    }
}
