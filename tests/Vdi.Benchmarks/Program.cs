using Vdi.Benchmarks;
using Vdi.Emulator;

var json = args.Contains("--json");
var image = args.SkipWhile(argument => argument != "--image").Skip(1).FirstOrDefault();
var state = StateFolder.FromEnvironment();
switch (args.FirstOrDefault())
{
    case "fork":
        Figure.Print(await ForkBenchmark.RunAsync(state, image ?? "desktop"), json);
        return 0;
    case "launch":
        Figure.Print(await LaunchBenchmark.RunAsync(state, image ?? "desktop"), json);
        return 0;
    case "recover":
        // A desktop with a clock on it would not show the same picture ten seconds later.
        Figure.Print(await RecoverBenchmark.RunAsync(state, image ?? "tiny"), json);
        return 0;
    case "display":
        Figure.Print(await Vdi.Benchmarks.Display.DisplayBenchmark.RunAsync(), json);
        return 0;
    case "latency":
        Figure.Print(await LatencyBenchmark.RunAsync(), json);
        return 0;
    default:
        Console.Error.WriteLine("Usage: deploy/bench display|fork|latency|launch|recover|up [--json] [--image NAME]");
        return 2;
}
