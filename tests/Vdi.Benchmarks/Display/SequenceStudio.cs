using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;
using SkiaSharp;
using Vdi.Display.Recording;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Display;

/// <summary>Makes the sequences with a browser from pages/studio.html and the photographs that the package mate-backgrounds brings.</summary>
internal static class SequenceStudio
{
    public const int Width = 1920;
    public const int Height = 1080;
    private const string Photographs = "/usr/share/backgrounds/mate/nature";

    /// <summary>A folder with every sequence; made where one is missing.</summary>
    public static async Task<string> MakeAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var missing = Sequence.All.Where(sequence => !File.Exists(sequence.PathIn(folder))).ToList();
        if (missing.Count == 0)
        {
            return folder;
        }

        if (!Directory.Exists(Photographs))
        {
            throw new InvalidOperationException($"There are no photographs in {Photographs}: install the package mate-backgrounds");
        }

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await RunningVdi.LaunchBrowserAsync(playwright);
        foreach (var sequence in missing)
        {
            Console.Error.WriteLine($"making the pictures of '{sequence.Name}'");
            await MakeAsync(browser, sequence, sequence.PathIn(folder));
        }

        return folder;
    }

    private static async Task MakeAsync(IBrowser browser, Sequence sequence, string path)
    {
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = Width, Height = Height } });
        await page.RouteAsync("**/*", Serve);
        await page.GotoAsync("http://studio.invalid/studio.html");
        string[] urls = [.. Directory.EnumerateFiles(Photographs, "*.jpg").Order().Select(file => "http://studio.invalid/photo/" + Path.GetFileName(file))];
        await page.EvaluateAsync("([name, urls]) => studio.start(name, urls)", new object[] { sequence.Name, urls });

        var time = new FakeTimeProvider();
        var unfinished = path + ".new";
        using (var trace = new TraceWriter(File.Create(unfinished), time))
        {
            trace.Resize(Width, Height);
            byte[]? before = null;
            for (var step = 0; step <= sequence.Steps; step++)
            {
                await page.EvaluateAsync("n => studio.step(n)", step);
                var pixels = Decode(await page.ScreenshotAsync());
                var rows = Changed(before, pixels);
                if (!rows.IsEmpty)
                {
                    trace.Update(rows, pixels.AsSpan(rows.Y * Width * 4), Width * 4);
                    trace.Flush();
                }

                before = pixels;
                time.Advance(TimeSpan.FromMilliseconds(sequence.Every));
            }
        }

        File.Move(unfinished, path, overwrite: true);
        await page.CloseAsync();
    }

    private static Task Serve(IRoute route)
    {
        var name = Path.GetFileName(new Uri(route.Request.Url).LocalPath);
        var file = route.Request.Url.Contains("/photo/", StringComparison.Ordinal)
            ? Path.Combine(Photographs, name)
            : Path.Combine(Repository.Root, "tests", "Vdi.Benchmarks", "Display", "pages", name);
        return File.Exists(file) ? route.FulfillAsync(new() { Path = file }) : route.FulfillAsync(new() { Status = 404 });
    }

    private static byte[] Decode(byte[] png)
    {
        using var codec = SKCodec.Create(new SKMemoryStream(png));
        var pixels = new byte[Width * Height * 4];
        unsafe
        {
            fixed (byte* at = pixels)
            {
                codec.GetPixels(new SKImageInfo(Width, Height, SKColorType.Rgba8888, SKAlphaType.Unpremul), (nint)at);
            }
        }

        return pixels;
    }

    /// <summary>The rows that differ: damage as generous as a guest's.</summary>
    private static Rectangle Changed(byte[]? before, byte[] after)
    {
        if (before is null)
        {
            return new Rectangle(0, 0, Width, Height);
        }

        var (first, last) = (Height, -1);
        for (var y = 0; y < Height; y++)
        {
            if (!before.AsSpan(y * Width * 4, Width * 4).SequenceEqual(after.AsSpan(y * Width * 4, Width * 4)))
            {
                (first, last) = (Math.Min(first, y), y);
            }
        }

        return last < 0 ? default : new Rectangle(0, first, Width, last - first + 1);
    }
}
