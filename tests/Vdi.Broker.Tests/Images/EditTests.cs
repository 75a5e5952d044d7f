using System.Text.Json;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;
using static Vdi.Broker.Tests.Images.UploadTests;

namespace Vdi.Broker.Tests.Images;

/// <summary>Administrators work on an image in a machine of its own.</summary>
public sealed class EditTests
{
    [Fact]
    public async Task Edit_is_opened_looked_at_saved_gone_back_in_and_published()
    {
        await using var shop = await Workshop.StartAsync(versions: [Workshop.Version("v1", 1), Workshop.Version("v2", 2)]);
        var id = await shop.EditAsync(new { image = "desktop" });
        var wanted = Assert.Single(shop.Host.Desired);
        Assert.Equal((id, "desktop", "v2", "edit-desktop", NetworkMode.Internet), (wanted.Machine, wanted.Image, wanted.Version, wanted.Network.Pool, wanted.Network.Mode));
        Assert.Empty(wanted.Network.Allow);

        var ticket = await shop.Admin.PostAsync($"/api/images/edits/{id}/ticket");
        Assert.Equal((200, "/h/fake/hub/desktop"), (ticket.Status, ticket.Text("hub")));
        var admit = shop.Broker.Host.Admits.Single(admit => admit.Machine == id);
        Assert.Equal("desktop (editing)", admit.Title);
        Assert.Equal(Rights.View | Rights.Input | Rights.ClipboardIn | Rights.ClipboardOut | Rights.FilesUp | Rights.FilesDown | Rights.Sound | Rights.Microphone, admit.Rights);
        await shop.Broker.Host.SayAsync(new SessionReport(admit.Session, id, 1, ViewState.Connected));
        shop.Broker.Host.Viewed.TryAdd(admit.Session, 0);
        await shop.Admin.PostAsync($"/api/images/edits/{id}/ticket");
        Assert.Equal(2, shop.Broker.Host.Admits.Where(each => each.Machine == id).Select(each => each.Session).Distinct().Count());

        await shop.OverAsync(await shop.Admin.PostAsync($"/api/images/edits/{id}/checkpoints", new { name = "앞 <i>before</i>" }));
        await shop.OverAsync(await shop.Admin.PostAsync($"/api/images/edits/{id}/checkpoints", new { name = "after" }));
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync($"/api/images/edits/{id}")).Body.GetProperty("checkpoints").GetArrayLength() == 2, "both checkpoints are there");
        var points = (await shop.Admin.GetAsync($"/api/images/edits/{id}")).Body.GetProperty("checkpoints");
        Assert.Equal(("앞 <i>before</i>", points[0].GetProperty("id").GetGuid()), (points[0].GetProperty("name").GetString(), points[1].GetProperty("after").GetGuid()));
        var first = points[0].GetProperty("id").GetGuid();
        await shop.OverAsync(await shop.Admin.PostAsync($"/api/images/edits/{id}/checkpoints/{first}/back"));
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync($"/api/images/edits/{id}")).At("at") == $"{first}", "it is at the first");
        await shop.OverAsync(await shop.Admin.DeleteAsync($"/api/images/edits/{id}/checkpoints/{points[1].GetProperty("id").GetGuid()}"));
        Assert.Equal((404, "unknown-checkpoint"), Code(await shop.Admin.PostAsync($"/api/images/edits/{id}/checkpoints/{Guid.NewGuid()}/back")));

        var published = await shop.OverAsync(await shop.Admin.PostAsync($"/api/images/edits/{id}/publish", new { notes = "Firefox" }));
        Assert.Equal("done", published.Text("state"));
        var closed = await shop.Admin.GetAsync($"/api/images/edits/{id}");
        Assert.Equal((published.Text("result"), true), (closed.Text("published"), closed.Body.GetProperty("closed").ValueKind == JsonValueKind.String));
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Host.Desired.Count == 0), "it is not desired any more");
        Assert.Contains(shop.Broker.Host.Revokes, revoke => revoke.Session == admit.Session);
        await shop.HoldsAsync(published.Text("result"), _ => true, "the version is there");
        var version = await shop.VersionAsync(published.Text("result"));
        Assert.Equal(("edit", "v2", "Firefox"), (version.GetProperty("origin").GetString(), version.GetProperty("parent").GetString(), version.GetProperty("notes").GetString()));
        Assert.Equal((404, "unknown-edit"), Code(await shop.Admin.PostAsync($"/api/images/edits/{id}/ticket")));
    }

    [Fact]
    public async Task Two_administrators_at_once_get_one_edit_and_the_other_is_told_whose()
    {
        await using var shop = await Workshop.StartAsync();
        var others = new List<Client>();
        for (var i = 0; i < 6; i++)
        {
            others.Add(await shop.Broker.AdministratorAsync($"editor{i}"));
        }

        var answers = await Task.WhenAll(others.Select(other => other.PostAsync("/api/images/edits", new { image = "desktop" })));
        var won = Assert.Single(answers, answer => answer.Status == 201);
        var author = won.Text("author");
        Assert.All(answers.Where(answer => answer != won), answer =>
        {
            Assert.Equal((409, "being-edited", author, won.Id), (answer.Status, answer.Text("code"), answer.Text("author"), answer.Body.GetProperty("edit").GetGuid()));
            Assert.Contains($"by {author} since", answer.Text("detail"), StringComparison.Ordinal);
        });
        Assert.Equal(1, await shop.Broker.QueryAsync(db => db.ImageEdits.Count()));
        Assert.Equal(201, (await shop.Admin.PostAsync("/api/images/edits", new { image = "other", @new = new { } })).Status);
        others.ForEach(other => other.Dispose());
    }

    [Fact]
    public async Task Edit_that_is_published_is_locked_and_goes_on_where_that_was_cancelled()
    {
        await using var shop = await Workshop.StartAsync();
        var id = await shop.EditAsync(new { image = "desktop" });
        var opened = await shop.Admin.PostAsync($"/api/images/edits/{id}/ticket");
        Assert.Equal(200, opened.Status);
        shop.Host.Held = true;
        using var other = await shop.Broker.AdministratorAsync("other");
        var publish = await shop.Admin.PostAsync($"/api/images/edits/{id}/publish");
        Assert.Equal(202, publish.Status);
        var session = shop.Broker.Host.Admits.Single(admit => admit.Machine == id).Session;
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Broker.Host.Revokes.Any(revoke => revoke.Session == session)), "whoever looked at it does not any more");
        foreach (var (path, body) in new (string, object)[] { ("ticket", new { }), ("checkpoints", new { name = "x" }), ("publish", new { }) })
        {
            var refused = await other.PostAsync($"/api/images/edits/{id}/{path}", body);
            Assert.Equal((409, "job-under-way", publish.Id), (refused.Status, refused.Text("code"), refused.Body.GetProperty("job").GetGuid()));
        }

        Assert.Equal((409, "job-under-way"), Code(await other.DeleteAsync($"/api/images/edits/{id}")));
        var cancelled = await shop.Admin.PostAsync($"/api/images/jobs/{publish.Id}/cancel");
        Assert.True(cancelled.Body.GetProperty("cancelling").GetBoolean());
        Assert.Equal("cancelled", (await shop.OverAsync(publish)).Text("state"));
        Assert.Equal((409, "wrong-state"), Code(await shop.Admin.PostAsync($"/api/images/jobs/{publish.Id}/cancel")));
        shop.Host.Held = false;
        Assert.Equal(200, (await other.PostAsync($"/api/images/edits/{id}/ticket")).Status);
        Assert.Equal("done", (await shop.OverAsync(await other.PostAsync($"/api/images/edits/{id}/publish"))).Text("state"));
    }

    [Fact]
    public async Task Discarded_edit_is_gone_with_its_work_and_the_image_is_free()
    {
        await using var shop = await Workshop.StartAsync();
        var id = await shop.EditAsync(new { image = "desktop", isolated = true });
        Assert.Equal(NetworkMode.Isolated, shop.Host.Desired.Single().Network.Mode);
        await shop.Admin.PostAsync($"/api/images/edits/{id}/ticket");
        shop.Host.Held = true;
        var checkpoint = await shop.Admin.PostAsync($"/api/images/edits/{id}/checkpoints", new { name = "never" });
        Assert.Equal(204, (await shop.Admin.DeleteAsync($"/api/images/edits/{id}")).Status);
        Assert.Equal("cancelled", (await shop.OverAsync(checkpoint)).Text("state"));
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Host.Desired.Count == 0 && shop.Host.Orders.Count == 0), "nothing of it is wanted any more");
        var session = shop.Broker.Host.Admits.Single(admit => admit.Machine == id).Session;
        Assert.Contains(shop.Broker.Host.Revokes, revoke => revoke.Session == session);
        shop.Host.Held = false;
        Assert.Equal(404, (await shop.Admin.DeleteAsync($"/api/images/edits/{id}")).Status);
        await shop.EditAsync(new { image = "desktop" });
        var over = await shop.Admin.GetAsync("/api/images/edits?closed=true");
        Assert.Equal(id, over.Body.GetProperty("items")[0].GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Edit_that_is_off_is_switched_on_and_one_that_works_is_not()
    {
        await using var shop = await Workshop.StartAsync();
        var id = await shop.EditAsync(new { image = "desktop" });
        Assert.Equal((409, "wrong-state"), Code(await shop.Admin.PostAsync($"/api/images/edits/{id}/start")));
        shop.Host.Change(id, MachineState.Stopped, "was shut down from inside");
        await shop.StateAsync(id, "stopped");
        var refused = await shop.Admin.PostAsync($"/api/images/edits/{id}/ticket");
        Assert.Equal((409, "wrong-state", "stopped"), (refused.Status, refused.Text("code"), refused.Text("state")));
        Assert.Contains("shut down from inside", refused.Text("detail"), StringComparison.Ordinal);
        await shop.OverAsync(await shop.Admin.PostAsync($"/api/images/edits/{id}/start"));
        await shop.StateAsync(id, "ready");
    }

    [Fact]
    public async Task Edit_that_the_host_lost_fails_and_is_not_made_again()
    {
        await using var shop = await Workshop.StartAsync();
        var id = await shop.EditAsync(new { image = "desktop" });
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Host.Desired is [{ Create: false }]), "it is not to be made any more");
        shop.Host.ForgetEdits();
        await shop.StateAsync(id, "failed");
        Assert.Contains("does not have it any more", (await shop.Admin.GetAsync($"/api/images/edits/{id}")).Text("reason"), StringComparison.Ordinal);
        Assert.Equal((409, "wrong-state"), Code(await shop.Admin.PostAsync($"/api/images/edits/{id}/publish")));
        Assert.Equal(204, (await shop.Admin.DeleteAsync($"/api/images/edits/{id}")).Status);
    }

    [Fact]
    public async Task Edit_that_no_host_begins_with_fails_in_time_and_says_so()
    {
        var clock = new SetClock();
        await using var shop = await Workshop.StartAsync(time: clock, arrange: host => host.NewEdits = MachineState.Requested);
        var edit = await shop.Admin.PostAsync("/api/images/edits", new { image = "desktop" });
        await shop.Broker.PassesAsync(2);
        shop.Host.ForgetEdits();
        shop.Host.NewEdits = MachineState.Failed;
        await shop.Broker.PassesAsync(2);
        clock.Ahead = TimeSpan.FromMinutes(31);
        await shop.StateAsync(edit.Id, "failed");
    }

    [Fact]
    public async Task Edit_that_cannot_be_is_refused_and_says_why()
    {
        await using var shop = await Workshop.StartAsync(arrange: host => host.Media = [new HostMedium("aa", "A", 1, DateTimeOffset.UnixEpoch)]);
        async Task<string> Faults(object request) => string.Join(", ", (await shop.Admin.PostAsync("/api/images/edits", request)).Faults);
        Assert.Equal("image bad-image-name", await Faults(new { image = "No" }));
        Assert.Equal("version version-or-new", await Faults(new { image = "desktop", version = "v1", @new = new { } }));
        Assert.Equal("new.diskGiB out-of-range", await Faults(new { image = "desktop", @new = new { diskGiB = 2049 } }));
        Assert.Equal("new.hardware.firmware kernel-needs-recipe", await Faults(new { image = "desktop", @new = new { hardware = new { firmware = "kernel" } } }));
        Assert.Equal("media[1] given-twice, media[2] unknown-medium", await Faults(new { image = "desktop", media = new[] { "aa", "aa", "bb" } }));
        Assert.Equal("media too-many, media[1] given-twice, media[2] given-twice, media[3] given-twice", await Faults(new { image = "desktop", media = new[] { "aa", "aa", "aa", "aa" } }));
        Assert.Equal((404, "unknown-image"), Code(await shop.Admin.PostAsync("/api/images/edits", new { image = "nothing" })));
        Assert.Equal((404, "unknown-version"), Code(await shop.Admin.PostAsync("/api/images/edits", new { image = "desktop", version = "v9" })));
        Assert.Equal(0, await shop.Broker.QueryAsync(db => db.ImageEdits.Count()));
        var id = await shop.EditAsync(new { image = "desktop" });
        Assert.Equal("name missing", string.Join(", ", (await shop.Admin.PostAsync($"/api/images/edits/{id}/checkpoints", new { name = " " })).Faults));
        Assert.Equal("notes too-long", string.Join(", ", (await shop.Admin.PostAsync($"/api/images/edits/{id}/publish", new { notes = new string('a', 2001) })).Faults));
    }

    [Fact]
    public async Task Machine_for_an_installer_has_a_disk_hardware_and_media()
    {
        await using var shop = await Workshop.StartAsync(arrange: host => host.Media = [new HostMedium("aa", "Windows 11", 1, DateTimeOffset.UnixEpoch)]);
        await shop.EditAsync(new { image = "win11", @new = new { hardware = new { system = "windows", memoryMiB = 8192 }, diskGiB = 80 }, media = new[] { "aa" } });
        var wanted = shop.Host.Desired.Single();
        Assert.Equal((null, 80, new ImageHardware(Firmware.UefiSecure, GuestDrivers.Pc, Tpm: true, GuestSystem.Windows, Agent: false, 8192, 2)), (wanted.Version, wanted.DiskGiB!.Value, wanted.Hardware!));
        Assert.Equal(["aa"], wanted.Media);
    }

    [Fact]
    public async Task Publishing_comes_to_its_end_after_broker_and_host_were_restarted()
    {
        await using var shop = await Workshop.StartAsync();
        var edit = await shop.EditAsync(new { image = "desktop" });
        shop.Host.Held = true;
        var job = await shop.Admin.PostAsync($"/api/images/edits/{edit}/publish", new { notes = "n" });
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync($"/api/images/jobs/{job.Id}")).Text("state") == "running", "it is being published");
        await using var again = await Workshop.StartAsync(before: shop, arrange: host => host.TakeUp(shop.Host));
        var over = await again.OverAsync(job);
        Assert.Equal("done", over.Text("state"));
        Assert.Equal(over.Text("result"), (await again.Admin.GetAsync($"/api/images/edits/{edit}")).Text("published"));
        await again.HoldsAsync(over.Text("result"), version => version.GetProperty("notes").GetString() == "n", "the version is there");
        await again.EditAsync(new { image = "desktop" });
    }

    [Fact]
    public async Task Whoever_signs_out_sees_no_editing_machine_any_more()
    {
        await using var shop = await Workshop.StartAsync();
        var edit = await shop.EditAsync(new { image = "desktop" });
        using var other = await shop.Broker.AdministratorAsync("leaver");
        Assert.Equal(200, (await other.PostAsync($"/api/images/edits/{edit}/ticket")).Status);
        Assert.Equal("leaver", shop.Broker.Host.Admits.Single(admit => admit.Machine == edit).User);
        await other.PostAsync("/api/sign-out");
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Broker.Host.UserRevokes.Any(revoke => revoke.User == "leaver")), "the host is told");
    }

    [Fact]
    public async Task Publishing_goes_on_after_the_broker_was_restarted()
    {
        await using var shop = await Workshop.StartAsync();
        var edit = await shop.EditAsync(new { image = "desktop" });
        shop.Host.Deaf = true;
        var job = (await shop.Admin.PostAsync($"/api/images/edits/{edit}/publish", new { notes = "n" })).Id;
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Host.Orders.Any(order => order.Id == job)), "it is ordered");

        // The host lost it with the restart, too; while it is published nobody says so.
        await using var again = await Workshop.StartAsync(before: shop, arrange: host => host.Held = true);
        await Eventually.HoldsAsync(() => Task.FromResult(again.Host.Begun.Any(order => order.Id == job)), "the order is said again, with the same id");
        var shown = await again.Admin.GetAsync($"/api/images/edits/{edit}");
        Assert.Equal(job, shown.Body.GetProperty("job").GetProperty("id").GetGuid());
        Assert.NotEqual("failed", shown.Text("state"));
        await again.Broker.PassesAsync(3);
        Assert.Single(again.Host.Begun, order => order.Id == job);
        Assert.Equal(200, (await again.Admin.PostAsync($"/api/images/jobs/{job}/cancel")).Status);
        await Eventually.HoldsAsync(async () => (await again.Admin.GetAsync($"/api/images/jobs/{job}")).Text("state") == "cancelled", "it is cancelled");
        await again.StateAsync(edit, "failed");
    }
}
