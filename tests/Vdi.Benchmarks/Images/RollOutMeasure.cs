using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Vdi.Benchmarks.Images;

/// <summary>A version is published, tested and rolled out over a pool that is warm.</summary>
internal static class RollOutMeasure
{
    private const int Warm = 4;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Until the roll-out begins nothing can be missed, and what is measured shall have the processors.</summary>
    private static readonly TimeSpan PauseBefore = TimeSpan.FromMilliseconds(100);

    public static async Task<List<Figure>> RunAsync(ImageServer server, EditedDesktop desktop)
    {
        Console.Error.WriteLine($"filling a pool with {Warm} machines");
        _ = (await server.Admin.PatchAsync("/api/pools/desktops", new { policy = new { warm = new { count = Warm } } }, "*")).Good;
        var before = new List<Seen>();
        await server.HoldsAsync(async () => (before = await LookAsync(server)).Count(machine => machine.IsReady) == Warm, "the pool is warm");
        var old = before.Select(machine => machine.Version).Distinct().Single();

        Console.Error.WriteLine("publishing");
        var began = Stopwatch.GetTimestamp();
        var order = await desktop.PublishAsync();
        var version = (await server.DoneAsync(order, "publishing")).GetProperty("result").GetString();
        var published = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {published:0.0} s; waiting for its test"));
        if (version == old)
        {
            throw new InvalidOperationException("What was published is the version that was there already");
        }

        var tested = TestedAsync(server, version!, began);
        var (begun, first, all, gap) = await WatchAsync(server, version!, tested, began);
        var passed = await tested;
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  tested after {passed:0.0} s, the roll-out began after {begun:0.0}, its first machine was ready after {first:0.0}, the last after {all:0.0}"));
        Console.Error.WriteLine($"  its test: {await StepsAsync(server, version!)}");
        return
        [
            new Figure("publish.total", "s", [first]),
            new Figure("publish.publish", "s", [published]),
            new Figure("publish.test", "s", [passed - published]),
            new Figure("publish.fork", "s", [first - passed]),
            new Figure("rollout.gap", "machines", [gap]),
            new Figure("rollout.seconds", "s", [all - begun]),
        ];
    }

    /// <summary>When its test was over; throws where it did not pass.</summary>
    private static async Task<double> TestedAsync(ImageServer server, string version, long began)
    {
        var job = default(JsonElement);
        await server.HoldsAsync(
            async () =>
            {
                await Task.Delay(PauseBefore);
                var jobs = (await server.Admin.GetAsync($"/api/images/jobs?image={server.Image}")).Good.GetProperty("items");
                job = jobs.EnumerateArray().FirstOrDefault(known => known.GetProperty("kind").GetString() == "test" && known.GetProperty("version").GetString() == version);
                return job.ValueKind != JsonValueKind.Undefined;
            },
            "the new version is tested");
        await server.DoneAsync(job.GetProperty("id").GetGuid(), "its test");
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>What its test took, step by step.</summary>
    private static async Task<string> StepsAsync(ImageServer server, string version)
    {
        var versions = (await server.Admin.GetAsync($"/api/images/{server.Image}")).Good.GetProperty("versions");
        var test = versions.EnumerateArray().Single(known => known.GetProperty("version").GetString() == version).GetProperty("test");
        return string.Join(", ", test.GetProperty("steps").EnumerateArray().Where(step => step.GetProperty("seconds").ValueKind == JsonValueKind.Number).Select(step => $"{step.GetProperty("name")} {step.GetProperty("seconds")} s"));
    }

    /// <summary>When the roll-out began, its first machine was ready and its last, and how many were ready at the worst moment in between.</summary>
    private static async Task<(double Begun, double First, double All, int Gap)> WatchAsync(ImageServer server, string version, Task tested, long began)
    {
        var (begun, first, gap) = (0.0, 0.0, int.MaxValue);
        while (true)
        {
            var seen = await LookAsync(server);
            var now = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var ready = seen.Count(machine => machine.IsReady && machine.Version == version);
            if (begun == 0 && seen.Exists(machine => machine.Version == version))
            {
                begun = now;
            }

            if (first == 0 && ready > 0)
            {
                first = now;
            }

            if (begun > 0)
            {
                gap = Math.Min(gap, seen.Count(machine => machine.IsReady));
            }

            if (ready >= Warm)
            {
                return (begun, first, now, gap);
            }

            if (tested.IsFaulted)
            {
                await tested;
            }

            if (now > 3600 || seen.Exists(machine => machine.State == "failed"))
            {
                throw new InvalidOperationException($"The roll-out does not come to its end: {string.Join("; ", seen)}");
            }

            await Task.Delay(begun > 0 ? Pause : PauseBefore);
        }
    }

    private static async Task<List<Seen>> LookAsync(ImageServer server) =>
        [.. (await server.Admin.GetAsync("/api/machines?pool=desktops")).Good.GetProperty("items").EnumerateArray()
            .Select(machine => new Seen(machine.GetProperty("state").GetString()!, machine.GetProperty("imageVersion").GetString(), machine.GetProperty("reason").GetString()!))];

    private sealed record Seen(string State, string? Version, string Reason)
    {
        public bool IsReady => State == "ready";
    }
}
