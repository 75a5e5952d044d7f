using Spectre.Console;
using Vdi.Benchmarks;
using Vdi.Emulator;

var json = args.Contains("--json");
var image = args.SkipWhile(argument => argument != "--image").Skip(1).FirstOrDefault();
var runs = args.SkipWhile(argument => argument != "--runs").Skip(1).FirstOrDefault() is { } said && int.TryParse(said, out var count) ? Math.Clamp(count, 1, 100) : (int?)null;
var state = StateFolder.FromEnvironment();
if (Console.IsOutputRedirected)
{
    // A file has room for the tables' names; the 80 columns that are assumed of it have not.
    AnsiConsole.Profile.Width = 160;
}

switch (args.FirstOrDefault())
{
    case "app":
        Figure.Print(await AppBenchmark.RunAsync(state), json);
        return 0;
    case "fork":
        Figure.Print(await ForkBenchmark.RunAsync(state, image ?? "desktop"), json);
        return 0;
    case "guest":
        // Its screen stands still by itself, and its terminal is where the measure expects one.
        Figure.Print(await Vdi.Benchmarks.Guest.GuestBenchmark.RunAsync(state, image ?? "tiny"), json);
        return 0;
    case "image":
        Figure.Print(await Vdi.Benchmarks.Images.ImageBenchmark.RunAsync(state, runs ?? 5), json);
        return 0;
    case "launch":
        Figure.Print(await LaunchBenchmark.RunAsync(state, image ?? "desktop"), json);
        return 0;
    case "recover":
        // A desktop with a clock on it would not show the same picture ten seconds later.
        Figure.Print(await RecoverBenchmark.RunAsync(state, image ?? "tiny"), json);
        return 0;
    case "display":
        Figure.Print(await Vdi.Benchmarks.Display.DisplayBenchmark.RunAsync(runs ?? 3, json), json);
        return 0;
    case "latency":
        Figure.Print(await Vdi.Benchmarks.Latency.LatencyBenchmark.RunAsync(), json);
        return 0;
    case "encoders":
        Figure.Print(Vdi.Benchmarks.Encoders.EncoderBenchmark.Run(), json);
        return 0;
    case "broker":
        Figure.Print(await Vdi.Benchmarks.Broker.BrokerBenchmark.RunAsync(), json);
        return 0;
    case "warm":
        Figure.Print(Vdi.Benchmarks.Warm.WarmBenchmark.Run(), json);
        return 0;
    default:
        Console.Error.WriteLine("Usage: deploy/bench app|broker|display|encoders|fork|guest|image|latency|launch|recover|up|warm [--json] [--image NAME] [--runs N]");
        return 2;
}
