using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Guest;

/// <summary>Brings a Linux guest's packages up to date by its own package manager.</summary>
internal static class GuestUpdate
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(2);

    /// <summary>Changed settings of the image stay as they are. Exit code 90: there is no package manager that we know.</summary>
    private const string Script = """
        export DEBIAN_FRONTEND=noninteractive LC_ALL=C
        if command -v apt-get >/dev/null; then
          apt-get -q update -o Acquire::Retries=3 -o APT::Update::Error-Mode=any >/tmp/vdi-update.log 2>&1 &&
          apt-get -q -y -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef --with-new-pkgs upgrade >>/tmp/vdi-update.log 2>&1
        elif command -v dnf >/dev/null; then dnf -q -y upgrade >/tmp/vdi-update.log 2>&1
        elif command -v zypper >/dev/null; then zypper -n -q update >/tmp/vdi-update.log 2>&1
        else exit 90; fi
        code=$?
        [ $code -eq 0 ] || tail -n 5 /tmp/vdi-update.log >&2
        rm -f /tmp/vdi-update.log
        exit $code
        """;

    public static async Task RunAsync(GuestAgentClient agent, CancellationToken stop)
    {
        var (code, _, errors) = await agent.RunAsync("/bin/sh", ["-c", Script], Longest, stop);
        if (code != 0)
        {
            throw new MachineException(code == 90 ? "The guest has no package manager that we know: open the image for editing, and update it there" : $"The guest could not be updated ({code}): {PeerText.Tail(errors)}");
        }
    }
}
