using System.Text.Json;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;
using static Vdi.Broker.Tests.Images.UploadTests;

namespace Vdi.Broker.Tests.Images;

/// <summary>Versions of an image: which there are, who uses them, and which pools may have.</summary>
public sealed class VersionTests
{
    [Fact]
    public async Task Image_is_shown_as_a_tree_with_who_uses_what()
    {
        await using var shop = await Workshop.StartAsync(
            warm: 1,
            arrange: host => host.Recipes = [new HostRecipe("desktop", "r2")],
            versions: [Workshop.Version("v2", 2, parent: "v1", origin: ImageOrigin.Recipe, recipe: "r1"), Workshop.Version("v3", 3, parent: "v2"), Workshop.Version("v4", 4, passed: false, parent: "v2")]);
        await ReadyAsync(shop, "v3", 1);
        var tree = (await shop.Admin.GetAsync("/api/images/desktop")).Good;
        var shown = tree.GetProperty("versions").EnumerateArray().Select(version => string.Join(' ', new[] { "version", "parent", "parentDeleted", "offered", "outdated", "machines" }.Select(field => $"{version.GetProperty(field)}"))).ToList();
        Assert.Equal(["v4 v2 False False  0", "v3 v2 False True  1", "v2 v1 True True True 0"], shown);
        Assert.Equal("""[{"pool":"desktops","as":"current"}]""", tree.GetProperty("versions")[1].GetProperty("usedBy").GetRawText());
        Assert.Equal("bash", tree.GetProperty("versions")[1].GetProperty("changes")[0].GetProperty("name").GetString());
        Assert.Equal(("r2", true), (tree.GetProperty("recipe").GetProperty("hash").GetString(), tree.GetProperty("recipe").GetProperty("outdated").GetBoolean()));
        var listed = (await shop.Admin.GetAsync("/api/images")).Body[1];
        Assert.Equal(("v3", "fake", "desktops", JsonValueKind.Null), (listed.GetProperty("version").GetString(), listed.GetProperty("hosts")[0].GetString(), listed.GetProperty("pools")[0].GetString(), listed.GetProperty("changes").ValueKind));
        Assert.Equal((404, "unknown-image"), Code(await shop.Admin.GetAsync("/api/images/nothing")));
    }

    [Fact]
    public async Task Only_versions_that_passed_their_test_reach_pools()
    {
        await using var shop = await Workshop.StartAsync(warm: 2, arrange: host => host.TestsPass = false, versions: [Workshop.Version("v1", 1)]);
        await ReadyAsync(shop, "v1", 2);
        shop.Broker.Host.Versions = [Workshop.Version("v1", 1), Workshop.Version("v2", 2, passed: null)];
        await shop.HoldsAsync("v2", shown => shown.GetProperty("test").ValueKind == JsonValueKind.Object, "it is tested by itself");
        await shop.Broker.PassesAsync(3);
        Assert.Equal(1, await shop.Broker.QueryAsync(db => db.ImageJobs.Count(job => job.Kind == "test" && job.Who == "system")));
        Assert.Equal(0, await shop.Broker.QueryAsync(db => db.Machines.Count(machine => machine.ImageVersion == "v2")));
        var pool = await shop.Admin.GetAsync("/api/pools/desktops");
        Assert.Equal("v1", pool.At("rollOut", "current"));
        Assert.Equal((409, "not-offered"), Code(await shop.Admin.PostAsync("/api/pools/desktops/roll-out", new { version = "v2" })));
        Assert.Equal(["imageVersion not-offered"], (await shop.Admin.PatchAsync("/api/pools/desktops", new { imageVersion = "v2" }, pool.Tag)).Faults);

        // Whoever mended the check tests it again.
        shop.Host.TestsPass = true;
        var job = await shop.OverAsync(await shop.Admin.PostAsync("/api/images/desktop/versions/v2/test"));
        Assert.Equal("done", job.Text("state"));
        await ReadyAsync(shop, "v2", 2);
    }

    [Fact]
    public async Task Pool_whose_image_never_passed_a_test_has_no_machines_and_says_why()
    {
        await using var shop = await Workshop.StartAsync(warm: 2, versions: [Workshop.Version("v1", passed: false)]);
        var kim = await shop.Broker.PersonAsync("kim");
        await shop.Broker.PassesAsync(2);
        var refused = await kim.PostAsync("/api/sessions", new { pool = "desktops" });
        Assert.Equal(("no-image", 503), (refused.Text("reason"), refused.Status));
        Assert.Contains("passed its test", refused.Text("detail"), StringComparison.Ordinal);
        Assert.Equal(0, await shop.Broker.QueryAsync(db => db.Machines.Count()));
    }

    [Fact]
    public async Task Version_that_a_pool_has_stays_its_own_when_a_later_test_fails()
    {
        await using var shop = await Workshop.StartAsync(warm: 1, versions: [Workshop.Version("v1", 1), Workshop.Version("v2", 2)]);
        await ReadyAsync(shop, "v2", 1);
        shop.Broker.Host.Versions = [Workshop.Version("v1", 1), Workshop.Version("v2", 2, passed: false)];
        await shop.Broker.PassesAsync(3);
        await shop.Broker.PolicyAsync(policy => policy with { Warm = policy.Warm with { Count = 2 } });
        await ReadyAsync(shop, "v2", 2);
    }

    [Fact]
    public async Task Version_that_something_uses_is_not_deleted_and_it_is_said_what()
    {
        await using var shop = await Workshop.StartAsync(warm: 1, versions: [Workshop.Version("v1", 1), Workshop.Version("v2", 2), Workshop.Version("v3", 3), Workshop.Version("v4", 4)]);
        await ReadyAsync(shop, "v4", 1);
        var current = await shop.Admin.DeleteAsync("/api/images/desktop/versions/v4");
        Assert.Equal((409, "version-in-use", "1"), (current.Status, current.Text("code"), current.At("machines")));
        Assert.Equal("""[{"pool":"desktops","as":"current"}]""", current.Body.GetProperty("pools").GetRawText());

        await shop.Admin.PostAsync("/api/pools/desktops/roll-out", new { version = "v2" });
        await ReadyAsync(shop, "v2", 1);
        Assert.Equal("""[{"pool":"desktops","as":"pinned"},{"pool":"desktops","as":"current"}]""", (await shop.Admin.DeleteAsync("/api/images/desktop/versions/v2")).Body.GetProperty("pools").GetRawText());

        var edit = await shop.EditAsync(new { image = "desktop", version = "v1" });
        Assert.Equal(edit, (await shop.Admin.DeleteAsync("/api/images/desktop/versions/v1")).Body.GetProperty("edit").GetGuid());

        Assert.Equal("done", (await shop.OverAsync(await shop.Admin.DeleteAsync("/api/images/desktop/versions/v3"))).Text("state"));
        Assert.False(await shop.HasAsync("v3"));
        await Eventually.HoldsAsync(async () => (await shop.Admin.DeleteAsync("/api/images/desktop/versions/v3")).Status == 404, "it is gone");
    }

    [Fact]
    public async Task Version_that_a_stopped_roll_out_goes_back_to_and_one_that_sleeps_are_kept()
    {
        await using var shop = await Workshop.StartAsync(warm: 1, versions: [Workshop.Version("v1", 1)]);
        await ReadyAsync(shop, "v1", 1);
        shop.Broker.Host.Broken.TryAdd("v2", 0);
        shop.Broker.Host.Versions = [Workshop.Version("v1", 1), Workshop.Version("v2", 2)];
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync("/api/pools/desktops")).At("rollOut", "stopped").Length > 0, "the roll-out stops");
        Assert.Equal((409, "version-in-use"), Code(await shop.Admin.DeleteAsync("/api/images/desktop/versions/v1")));
        await shop.Broker.ChangeAsync(db => db.Machines.RemoveRange(db.Machines));
        Assert.Equal((409, "version-in-use"), Code(await shop.Admin.DeleteAsync("/api/images/desktop/versions/v1")));

        await shop.Broker.ChangeAsync(db => db.Machines.Add(new() { Id = Guid.NewGuid(), PoolId = "gone", Image = "desktop", ImageVersion = "v2", State = MachineState.Suspended, Touched = true }));
        Assert.Equal((409, "version-in-use"), Code(await shop.Admin.DeleteAsync("/api/images/desktop/versions/v2")));
    }

    [Fact]
    public async Task Way_back_can_be_deleted_when_the_roll_out_is_over()
    {
        await using var shop = await Workshop.StartAsync(warm: 1, versions: [Workshop.Version("v1", 1)]);
        await ReadyAsync(shop, "v1", 1);
        shop.Broker.Host.Versions = [Workshop.Version("v1", 1), Workshop.Version("v2", 2)];
        await ReadyAsync(shop, "v2", 1);
        await Eventually.HoldsAsync(() => shop.Broker.QueryAsync(db => db.Machines.All(machine => machine.ImageVersion == "v2" || machine.State == MachineState.Gone)), "the old machine is gone");
        Assert.Equal("previous", (await shop.VersionAsync("v1")).GetProperty("usedBy")[0].GetProperty("as").GetString());
        Assert.Equal("done", (await shop.OverAsync(await shop.Admin.DeleteAsync("/api/images/desktop/versions/v1"))).Text("state"));
    }

    [Fact]
    public async Task Version_is_exported_and_fetched_with_a_ticket()
    {
        await using var shop = await Workshop.StartAsync(versions: [Workshop.Version("v1", 1), Workshop.Version("v2", 2)]);
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync("/api/pools/desktops")).At("rollOut", "current") == "v2", "the pool has the newer one");
        Assert.Equal(["format unknown-value"], (await shop.Admin.PostAsync("/api/images/desktop/versions/v1/export", new { format = "vmdk" })).Faults);
        shop.Host.Held = true;
        var ordered = await shop.Admin.PostAsync("/api/images/desktop/versions/v1/export", new { format = "raw" });
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync($"/api/images/jobs/{ordered.Id}")).At("fraction") == "0.5", "it is half done");
        Assert.Equal((409, "wrong-state"), Code(await shop.Admin.PostAsync($"/api/images/jobs/{ordered.Id}/download")));
        var delete = await shop.Admin.DeleteAsync("/api/images/desktop/versions/v1");
        Assert.Equal((409, "job-under-way", ordered.Id), (delete.Status, delete.Text("code"), delete.Body.GetProperty("job").GetGuid()));
        Assert.Equal((409, "job-under-way"), Code(await shop.Admin.PostAsync("/api/images/desktop/versions/v1/export")));
        shop.Host.Held = false;
        await shop.OverAsync(ordered);
        var download = await shop.Admin.PostAsync($"/api/images/jobs/{ordered.Id}/download");
        Assert.Equal((200, $"/h/fake/exports/{ordered.Id}", "desktop-v1.img"), (download.Status, download.Text("address"), download.Text("fileName")));
        Assert.Equal((ordered.Id, "desktop-v1.img"), (shop.Host.AdmittedDownloads.Single().Order, shop.Host.AdmittedDownloads.Single().FileName));
        shop.Broker.Host.Refusal = "The export was fetched and is gone: order it again";
        Assert.Equal((503, "host-refused"), Code(await shop.Admin.PostAsync($"/api/images/jobs/{ordered.Id}/download")));
        var test = await shop.OverAsync(await shop.Admin.PostAsync("/api/images/desktop/versions/v1/test"));
        Assert.Equal((409, "wrong-state"), Code(await shop.Admin.PostAsync($"/api/images/jobs/{test.Id}/download")));
    }

    [Fact]
    public async Task Version_that_is_deleted_is_not_worked_on()
    {
        await using var shop = await Workshop.StartAsync(versions: [Workshop.Version("v1", 1), Workshop.Version("v2", 2)]);
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync("/api/pools/desktops")).At("rollOut", "current") == "v2", "the pool has the newer one");
        shop.Host.Held = true;
        var delete = await shop.Admin.DeleteAsync("/api/images/desktop/versions/v1");
        Assert.Equal(202, delete.Status);
        Assert.Equal((409, "job-under-way"), Code(await shop.Admin.PostAsync("/api/images/desktop/versions/v1/test")));
        Assert.Equal((409, "job-under-way"), Code(await shop.Admin.PostAsync("/api/images/edits", new { image = "desktop", version = "v1" })));
        Assert.Equal(202, (await shop.Admin.PostAsync("/api/images/desktop/versions/v2/test")).Status);
    }

    [Fact]
    public async Task Linux_with_an_agent_is_updated_and_others_are_not()
    {
        var windows = new ImageHardware(Firmware.UefiSecure, GuestDrivers.Pc, Tpm: true, GuestSystem.Windows, Agent: true, 4096, 2);
        await using var shop = await Workshop.StartAsync(versions: [Workshop.Version("v1"), Workshop.Version("w1", hardware: windows, name: "win"), Workshop.Version("l1", hardware: Workshop.Linux with { Agent = false }, name: "mute")]);
        Assert.Equal((409, "not-updatable"), Code(await shop.Admin.PostAsync("/api/images/win/versions/w1/update")));
        Assert.Contains("guest agent", (await shop.Admin.PostAsync("/api/images/mute/versions/l1/update")).Text("detail"), StringComparison.Ordinal);
        var job = await shop.OverAsync(await shop.Admin.PostAsync("/api/images/desktop/versions/v1/update", new { notes = "for the new firefox" }));
        var work = Assert.IsType<UpdateImage>(shop.Host.Begun.First(order => order.Id == job.Id).Work);
        Assert.Equal(("update-desktop", NetworkMode.Internet, "for the new firefox"), (work.Network.Pool, work.Network.Mode, work.Notes));
        await shop.HoldsAsync(job.Text("result"), shown => shown.GetProperty("offered").GetBoolean(), "it is tested and offered");
        Assert.Equal("140.5", (await shop.VersionAsync(job.Text("result"))).GetProperty("changes")[0].GetProperty("after").GetString());
    }

    [Fact]
    public async Task Recipe_is_built_anew_and_one_that_is_not_there_is_named_with_those_that_are()
    {
        await using var shop = await Workshop.StartAsync(arrange: host => host.Recipes = [new HostRecipe("desktop", "r1"), new HostRecipe("server", "r1")]);
        var refused = await shop.Admin.PostAsync("/api/images/nothing/build");
        Assert.Equal((404, "unknown-recipe"), Code(refused));
        Assert.Contains("desktop, server", refused.Text("detail"), StringComparison.Ordinal);
        var job = await shop.OverAsync(await shop.Admin.PostAsync("/api/images/server/build", new { notes = "first" }));
        await shop.HoldsAsync(job.Text("result"), _ => true, "it is there", "server");
        var version = await shop.VersionAsync(job.Text("result"), "server");
        Assert.Equal(("recipe", "r1", false), (version.GetProperty("origin").GetString(), version.GetProperty("recipe").GetString(), version.GetProperty("outdated").GetBoolean()));
        Assert.Equal("desktop,server", string.Join(',', (await shop.Admin.GetAsync("/api/images/recipes")).Body.EnumerateArray().Select(recipe => recipe.GetProperty("name").GetString())));
    }

    private static Task ReadyAsync(Workshop shop, string version, int count) => Eventually.HoldsAsync(
        () => shop.Broker.QueryAsync(db => db.Machines.Count(machine => machine.State == MachineState.Ready && machine.ImageVersion == version) == count),
        $"{count} machines of {version} are ready");
}
