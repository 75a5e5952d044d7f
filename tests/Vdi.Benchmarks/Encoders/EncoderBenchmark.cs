using System.Diagnostics;
using Vdi.Display.Framebuffer;
using Vdi.TestSupport.Screens;

namespace Vdi.Benchmarks.Encoders;

/// <summary>deploy/bench encoders: each step from a picture to its bytes by itself, on one processor: milliseconds for a whole screen, and the
/// megabytes of pixels a second that this is.</summary>
internal static class EncoderBenchmark
{
    public const int Width = 1920;
    public const int Height = 1080;
    private const double Megabytes = Width * Height * 4 / 1e6;

    /// <summary>Runs for so long are not counted: until then code is compiled as well as it ever is, and buffers are there.</summary>
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(1);

    /// <summary>Then so many are as fill the time, within limits.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(3);
    private const int Least = 20;
    private const int Most = 200;

    public static List<Figure> Run()
    {
        // Text that is scrolled by three lines, and a film that goes on by one picture.
        var text = (Screen(TestPictures.Text), Screen((x, y) => TestPictures.Text(x, y + 54)));
        var photograph = (Screen((x, y) => TestPictures.Photograph(x, y)), Screen((x, y) => TestPictures.Photograph(x, y, 1)));
        return
        [
            .. EncoderCase.All(text.Item1, text.Item2, "text").SelectMany(Measure),
            .. EncoderCase.All(photograph.Item1, photograph.Item2, "photograph").SelectMany(Measure),
            .. Measure(EncoderCase.Map()),
        ];
    }

    private static IEnumerable<Figure> Measure(EncoderCase step)
    {
        Console.Error.WriteLine($"measuring {step.Name}");
        var began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began) < Warm)
        {
            step.Run();
        }

        var samples = new List<double>();
        began = Stopwatch.GetTimestamp();
        while (samples.Count < Least || (samples.Count < Most && Stopwatch.GetElapsedTime(began) < Enough))
        {
            var at = Stopwatch.GetTimestamp();
            step.Run();
            samples.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
        }

        step.Dispose();
        yield return new Figure($"encoders.{step.Name}", "ms", samples);
        yield return new Figure($"encoders.{step.Name}.rate", "MB/s", [.. samples.Select(milliseconds => Megabytes / milliseconds * 1000)]);
    }

    private static Picture Screen(Func<int, int, uint> colour) => TestPictures.Of(Width, Height, colour);
}
