using System.Diagnostics;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Guest;

/// <summary>How long a guest takes to take a person's name, time zone, keyboard and language.</summary>
internal static class PersonMeasure
{
    private const int Rounds = 20;

    public static async Task<List<double>> RunAsync(Person person)
    {
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var korean = round % 2 == 0;
            var watch = Stopwatch.StartNew();
            await person.Machine.GiveToAsync(korean ? new PersonSettings("김 민수", "ko-KR", "Asia/Seoul", "kr") : new PersonSettings("Kim", "en-US", "Europe/Berlin", "us"), default);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        return times;
    }
}
