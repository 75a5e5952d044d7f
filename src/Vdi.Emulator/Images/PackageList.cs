using Vdi.Emulator.Guest;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Images;

/// <summary>The packages of a guest, as its own package manager tells them.</summary>
internal static class PackageList
{
    /// <summary>A line each, name and version; cut before the agent's own limit.</summary>
    private const string Script = """
        { if command -v dpkg-query >/dev/null; then dpkg-query -W -f '${Package} ${Version}\n'
        elif command -v rpm >/dev/null; then rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE}\n'
        elif command -v apk >/dev/null; then apk list -I 2>/dev/null | sed 's/-\([0-9][^ ]*\) .*/ \1/'
        fi; } | head -c 500000
        """;
    private const int Longest = 200;

    /// <summary>Null where the guest has no package manager that we know of, or says nothing that can be used.</summary>
    public static async Task<IReadOnlyDictionary<string, string>?> ReadAsync(GuestAgentClient agent, CancellationToken stop)
    {
        try
        {
            var (_, output, _) = await agent.RunAsync("/bin/sh", ["-c", Script], TimeSpan.FromMinutes(2), stop);
            var packages = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var words in output.Split('\n').Select(line => line.Split(' ')).Where(words => words.Length == 2 && words.All(word => word.Length is > 0 and <= Longest)))
            {
                packages[PeerText.Head(words[0])] = PeerText.Head(words[1]);
            }

            return packages.Count == 0 ? null : packages;
        }
        catch (MachineException)
        {
            return null;
        }
    }

    public static IReadOnlyList<PackageChange> Compare(IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after) =>
    [
        .. before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
            .Select(name => new PackageChange(name, before.GetValueOrDefault(name), after.GetValueOrDefault(name)))
            .Where(change => change.Before != change.After),
    ];
}
