using System.Globalization;
using Microsoft.Playwright;
using Vdi.Benchmarks.Display.Peers;

namespace Vdi.Benchmarks.Display.Browser;

/// <summary>A process and all that descend from it.</summary>
internal sealed class ProcessTree(int root)
{
    /// <summary>Processor time of those that live, in seconds.</summary>
    public double ProcessorSeconds => Members.Sum(SecondsOf);

    /// <summary>Those that live, the first of them first.</summary>
    public IReadOnlyList<int> Members
    {
        get
        {
            var children = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).Where(name => name!.All(char.IsAsciiDigit))
                .Select(name => int.Parse(name!, CultureInfo.InvariantCulture)).ToLookup(ParentOf);
            var (members, waiting) = (new List<int>(), new Stack<int>([root]));
            while (waiting.TryPop(out var process))
            {
                members.Add(process);
                foreach (var child in children[process])
                {
                    waiting.Push(child);
                }
            }

            return members;
        }
    }

    /// <summary>A browser's processes: its own, those that draw pages, that of the network and the rest.</summary>
    public static async Task<ProcessTree> OfAsync(IBrowser browser)
    {
        var line = await browser.NewBrowserCDPSessionAsync();
        var processes = (await line.SendAsync("SystemInfo.getProcessInfo"))!.Value.GetProperty("processInfo");
        return new ProcessTree(processes.EnumerateArray().Single(process => process.GetProperty("type").GetString() == "browser").GetProperty("id").GetInt32());
    }

    /// <summary>-1 where it is gone meanwhile.</summary>
    private static int ParentOf(int process)
    {
        try
        {
            return int.Parse(ServerProcess.StatOf(process)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return -1;
        }
    }

    private static double SecondsOf(int process)
    {
        try
        {
            return ServerProcess.ProcessorSecondsOf(process);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
