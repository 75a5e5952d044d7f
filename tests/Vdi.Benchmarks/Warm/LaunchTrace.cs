using System.Globalization;
using System.IO.Compression;

namespace Vdi.Benchmarks.Warm;

/// <summary>One launch of a trace: seconds since Monday 00:00, seconds of use.</summary>
internal readonly record struct TracedLaunch(double At, double Use);

/// <summary>Launches of some weeks in order: a gzipped text, one line a launch, of second;minutes of use;person.</summary>
internal static class LaunchTrace
{
    public static List<TracedLaunch> Read(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var launches = new List<TracedLaunch>();
        while (reader.ReadLine() is { } line)
        {
            var parts = line.Split(';');
            launches.Add(new TracedLaunch(int.Parse(parts[0], CultureInfo.InvariantCulture), 60 * double.Parse(parts[1], CultureInfo.InvariantCulture)));
        }

        return launches;
    }
}
