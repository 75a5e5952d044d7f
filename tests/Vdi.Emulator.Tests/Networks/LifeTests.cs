using System.Diagnostics;
using System.Text.Json.Nodes;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Networks;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Emulator.Tests.Networks;

/// <summary>How networks come, stay and go.</summary>
[Collection(NetworkCollection.Name)]
public sealed class LifeTests(NetworkLab lab)
{
    private static readonly string Web = NetworkGuest.At(Outside.Internet, NetworkLab.Port);

    [RootFact]
    public async Task Second_plug_changes_nothing()
    {
        var before = await Outside.RunAsync("ip", "-n", lab.Namespace(NetworkLab.Pool), "-o", "link");
        Assert.Equal(lab.One.Nic, await lab.Networks.PlugAsync(lab.One.Machine.Qmp, lab.One.Machine.Id, NetworkLab.Pool, GuestDrivers.Virtio, default));
        Assert.Equal(before, await Outside.RunAsync("ip", "-n", lab.Namespace(NetworkLab.Pool), "-o", "link"));
        Assert.Equal([Web], await lab.One.ReachTcpAsync(Web));
    }

    [RootFact]
    public async Task Machine_that_outlived_the_process_is_adopted_and_a_dead_dnsmasq_comes_back()
    {
        var dead = Dnsmasq.Pid(lab.State, NetworkLab.Pool.Pool);
        Process.GetProcessById(dead).Kill();
        await Eventually.HoldsAsync(() => Task.FromResult(!File.Exists($"/proc/{dead}") && !Directory.Exists($"/proc/{dead}/fd") || File.ReadAllText($"/proc/{dead}/stat").Contains(") Z ", StringComparison.Ordinal)), "dnsmasq ended");
        var later = lab.NewNetworks();
        Assert.Equal(lab.One.Nic, await later.AdoptAsync(lab.One.Machine.Id, default));
        Assert.Equal(lab.One.Nic, await later.AdoptAsync(lab.One.Machine.Id, default));
        Assert.Equal(lab.Two.Nic, await later.AdoptAsync(lab.Two.Machine.Id, default));
        Assert.Null(await later.AdoptAsync(Guid.NewGuid(), default));
        Assert.NotEqual(dead, Dnsmasq.Pid(lab.State, NetworkLab.Pool.Pool));
        Assert.Contains("203.0.113.77", await lab.One.RunAsync("resolvectl --cache=no query back.example"), StringComparison.Ordinal);

        // The lease outlives it as well.
        await lab.One.RunAsync($"networkctl renew {lab.One.Card}");
        Assert.Equal([Web], await lab.One.ReachTcpAsync(Web));
    }

    [RootFact]
    public async Task Flushed_rules_of_the_host_do_not_open_it_and_are_put_back()
    {
        var table = PoolNames.Of(lab.State, NetworkLab.Pool.Pool).Table;
        await Outside.RunAsync("nft", "delete", "table", "inet", table);
        lab.Outside.Seen.Clear();
        Assert.Empty(await lab.One.ReachTcpAsync([.. NetworkLab.HostAddresses.Select(address => NetworkGuest.At(address, NetworkLab.Port))]));
        Assert.Empty(lab.Outside.Seen);
        await lab.NewNetworks().ApplyAsync(NetworkLab.Pool, default);
        Assert.Contains("masquerade", await Outside.RunAsync("nft", "list", "table", "inet", table), StringComparison.Ordinal);
        Assert.Equal([Web], await lab.One.ReachTcpAsync(Web));
    }

    [RootFact]
    public async Task Pool_that_is_used_no_more_leaves_nothing()
    {
        var pool = NetworkLab.Pool with { Pool = "short-lived" };
        var names = PoolNames.Of(lab.State, pool.Pool);
        var guest = await lab.ForkAsync(pool);
        var dnsmasq = Dnsmasq.Pid(lab.State, pool.Pool);
        string[] inUse = [NetworkLab.Pool.Pool, "other"];

        // While its machine runs it stays, whoever says otherwise.
        await lab.Networks.RemoveUnusedAsync(inUse, default);
        Assert.Equal([Web], await guest.ReachTcpAsync(Web));

        await lab.EndAsync(guest);
        Assert.DoesNotContain(PoolNames.Tap(guest.Machine.Id), await Outside.RunAsync("ip", "-n", names.Namespace, "-o", "link"), StringComparison.Ordinal);
        Assert.DoesNotContain(guest.Nic.Mac, await Outside.RunAsync("ip", "netns", "exec", names.Namespace, "nft", "list", "ruleset"), StringComparison.Ordinal);
        await lab.Networks.RemoveUnusedAsync(inUse, default);

        Assert.DoesNotContain(names.Namespace, await Outside.RunAsync("ip", "netns"), StringComparison.Ordinal);
        Assert.DoesNotContain(names.Table, await Outside.RunAsync("nft", "list", "tables"), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(lab.State.Networks, names.Hash)));
        await Eventually.HoldsAsync(async () => !(await Outside.RunAsync("ip", "-o", "link")).Contains(names.Veth, StringComparison.Ordinal), "the line is gone");
        Assert.DoesNotContain(names.Namespace, File.Exists($"/proc/{dnsmasq}/cmdline") ? await File.ReadAllTextAsync($"/proc/{dnsmasq}/cmdline") : "", StringComparison.Ordinal);
        Assert.Equal([Web], await lab.One.ReachTcpAsync(Web));
    }

    [RootFact]
    public async Task Machine_that_went_without_a_word_is_forgotten()
    {
        var machine = await lab.ForkWithoutCardAsync();
        var nic = await lab.Networks.PlugAsync(machine.Qmp, machine.Id, NetworkLab.Pool, GuestDrivers.Virtio, default);
        string[] rules = ["netns", "exec", lab.Namespace(NetworkLab.Pool), "nft", "list", "set", "bridge", "vdi", "machines"];
        Assert.Contains(nic.Mac, await Outside.RunAsync("ip", rules), StringComparison.Ordinal);
        machine.Process.Kill();
        await Eventually.HoldsAsync(async () =>
        {
            await lab.NewNetworks().ApplyAsync(NetworkLab.Pool, default);
            return !(await Outside.RunAsync("ip", rules)).Contains(nic.Mac, StringComparison.Ordinal);
        }, "the machine is forgotten");
        Assert.Contains(lab.One.Nic.Mac, await Outside.RunAsync("ip", rules), StringComparison.Ordinal);
        Assert.Null(await lab.Networks.AdoptAsync(machine.Id, default));
    }

    [RootFact]
    public async Task Plug_that_fails_at_its_last_step_leaves_nothing()
    {
        var machine = await lab.ForkWithoutCardAsync();
        await machine.Qmp.CallAsync("device_add", new JsonObject { ["driver"] = "virtio-rng-pci", ["id"] = "inTheWay", ["bus"] = "port0" }, default);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var failure = await Assert.ThrowsAsync<MachineException>(() => lab.Networks.PlugAsync(machine.Qmp, machine.Id, NetworkLab.Pool, GuestDrivers.Virtio, default));
            Assert.DoesNotContain("uplicate", failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(PoolNames.Tap(machine.Id), await Outside.RunAsync("ip", "-n", lab.Namespace(NetworkLab.Pool), "-o", "link"), StringComparison.Ordinal);
            Assert.Null(await lab.Networks.AdoptAsync(machine.Id, default));
        }
    }

    [RootFact]
    public void Dnsmasq_is_nobody_with_three_capabilities()
    {
        var status = File.ReadAllLines($"/proc/{Dnsmasq.Pid(lab.State, NetworkLab.Pool.Pool)}/status").Select(line => line.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts[1].Trim());
        Assert.StartsWith("60998\t", status["Uid"], StringComparison.Ordinal);
        Assert.Equal("1", status["NoNewPrivs"]);

        // CAP_NET_BIND_SERVICE (10), CAP_NET_ADMIN (12), CAP_NET_RAW (13).
        Assert.Equal((1 << 10) | (1 << 12) | (1 << 13), Convert.ToInt64(status["CapBnd"], 16));
    }
}
