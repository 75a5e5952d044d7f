using System.Net;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Networks;

/// <summary>A guest that tries to reach things, as root.</summary>
internal sealed record NetworkGuest(Machine Machine, PluggedNic Nic)
{
    /// <summary>The name of the network card inside.</summary>
    public string Card { get; private set; } = "";

    /// <summary>What it took, in words.</summary>
    public string Times { get; init; } = "";

    public string Address => Nic.Address!.ToString();

    /// <summary>Waits until the card has an address by DHCP.</summary>
    public async Task HasAddressAsync()
    {
        await Eventually.HoldsAsync(async () => (Card = (await RunAsync("ip -4 -o address show scope global | sed 's/^[0-9]*: *\\([^ ]*\\) .*/\\1/' | head -n 1")).Trim()).Length > 0, "the guest has an address", 90);
    }

    /// <summary>Runs a script with bash; its output, whatever its exit code.</summary>
    public async Task<string> RunAsync(string script) => (await Machine.Agent!.RunAsync("/bin/bash", ["-c", script], TimeSpan.FromSeconds(30), default)).Output;

    /// <summary>Which of the places (address:port) greet over TCP within three seconds; all are tried at once.</summary>
    public async Task<List<string>> ReachTcpAsync(params string[] places)
    {
        var tries = string.Join('\n', places.Select(place =>
        {
            var colon = place.LastIndexOf(':');
            var (address, port) = (place[..colon], place[(colon + 1)..]);
            return $"(timeout 3 bash -c 'exec 3<>/dev/tcp/{address}/{port} && read -r -t 2 line <&3 && echo \"{place}\"') 2>/dev/null &";
        }));
        return [.. (await RunAsync($"{tries}\nwait")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
    }

    /// <summary>Sends a datagram to each place; whether it arrives is for the other end to see.</summary>
    public Task<string> SendUdpAsync(params string[] places) => RunAsync(string.Join('\n', places.Select(place =>
    {
        var parts = place.Split(':');
        return $"echo x >/dev/udp/{parts[0]}/{parts[1]}";
    })) + " 2>/dev/null; true");

    /// <summary>Sends a datagram with a source address of its choice.</summary>
    public Task<string> SendUdpFromAsync(string source, string address, int port) => RunAsync(
        $"perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Proto => \"udp\", LocalAddr => \"{source}\", PeerAddr => \"{address}\", PeerPort => {port}) or die; $s->send(\"x\") and print \"sent\"'");

    public static string At(IPAddress address, int port) => $"{address}:{port}";
}
