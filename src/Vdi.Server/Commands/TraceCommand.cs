using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Vdi.Host.Traces;

namespace Vdi.Server.Commands;

/// <summary>vdi trace: what a screen showed, kept in a file, and what it costs on its way to a viewer.</summary>
internal static class TraceCommand
{
    public static Command Create() => new("trace", "Recorded screens, for measuring and support") { Record(), Replay() };

    private static Command Record()
    {
        var file = new Argument<string>("file") { Description = "Where the trace goes" };
        var vnc = new Option<string>("--vnc") { Description = "The VNC server to watch: host:port, or the path of a unix socket; without a password", Required = true };
        var seconds = new Option<int>("--seconds") { Description = "How long; Ctrl-C ends it earlier and leaves nothing", DefaultValueFactory = _ => 30 };
        var record = new Command("record", "Writes down what a VNC server shows") { file, vnc, seconds };
        record.SetAction((result, stop) => CommandFailure.GuardAsync("Recording", async () =>
        {
            var (to, duration) = (result.GetValue(file)!, TimeSpan.FromSeconds(result.GetValue(seconds)));
            await CommandProgress.RunAsync($"Recording {result.GetValue(vnc)}", report => TraceRecorder.RecordAsync(
                result.GetValue(vnc)!, to, duration, new Relay<int>(changes => report($"{changes} changes", null)), TimeProvider.System, stop));
            stop.ThrowIfCancellationRequested();
            Console.WriteLine($"{to} holds {duration.TotalSeconds:0} s, {new FileInfo(to).Length / 1024} KiB");
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
