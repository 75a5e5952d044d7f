using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Vdi.Emulator;
using Vdi.Host.Traces;

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
        var replay = new Command("replay", "Encodes a trace for a viewer and says what it costs") { file, line, json };
        replay.SetAction((result, stop) => CommandFailure.GuardAsync("Replaying", async () =>
        {
            var cost = await TraceCost.OfAsync(result.GetValue(file)!, result.GetValue(line) * 1e6 / 8, stop);
            Console.WriteLine(result.GetValue(json)
                ? JsonSerializer.Serialize(cost, JsonSerializerOptions.Web)
                : string.Create(CultureInfo.InvariantCulture, $"{cost.Frames} frames in {cost.Seconds:0.0} s: the first {cost.First / 1024.0:0.0} KiB, all others {cost.Bytes / 1024.0:0.0} KiB; encoding one takes {cost.P50:0.0} ms, 19 of 20 less than {cost.P95:0.0} ms"));
        }));
        return replay;
    }
}
