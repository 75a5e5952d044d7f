using System.Text.Json;
using Vdi.Broker.Images;
using Vdi.Broker.Pools;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using static Vdi.Broker.Tests.Images.UploadTests;

namespace Vdi.Broker.Tests.Images;

/// <summary>What becomes of an image's versions by itself.</summary>
public sealed class PolicyTests
{
    [Fact]
    public async Task Policy_is_edited_with_the_version_that_was_seen()
    {
        await using var shop = await Workshop.StartAsync();
        var none = await shop.Admin.GetAsync("/api/images/desktop/policy");
        Assert.Equal((200, """{"keep":null,"checkScript":null,"update":null}"""), (none.Status, none.Body.GetRawText()));
        Assert.Equal((428, "no-version"), Code(await shop.Admin.PutAsync("/api/images/desktop/policy", new { keep = 2 })));
        var made = await shop.Admin.PutAsync("/api/images/desktop/policy", new { keep = 2, checkScript = "test -x /usr/bin/firefox\n", update = new { hours = new { days = new[] { "sunday" }, from = "22:00", to = "04:00" }, timeZone = "Asia/Seoul" } }, none.Tag);
        Assert.Equal(200, made.Status);
        var stale = await shop.Admin.PutAsync("/api/images/desktop/policy", new { keep = 3 }, none.Tag);
        Assert.Equal((412, "changed-meanwhile", "2"), (stale.Status, stale.Text("code"), stale.At("current", "keep")));
        var read = await shop.Admin.GetAsync("/api/images/desktop/policy");
        Assert.Equal((made.Tag, "Asia/Seoul", "sunday"), (read.Tag, read.At("update", "timeZone"), read.Body.GetProperty("update").GetProperty("hours").GetProperty("days")[0].GetString()));
        Assert.Equal(200, (await shop.Admin.PutAsync("/api/images/desktop/policy", new { }, read.Tag)).Status);
    }

    [Fact]
    public async Task Policy_that_cannot_be_is_refused_with_all_that_is_wrong()
    {
        await using var shop = await Workshop.StartAsync();
        var refused = await shop.Admin.PutAsync("/api/images/desktop/policy", new { keep = -1, checkScript = new string('가', 22_000), update = new { hours = new { days = Array.Empty<string>(), from = "22:00", to = "04:00" }, timeZone = "Mars/Base" } }, "*");
        Assert.Equal(["keep out-of-range", "checkScript too-long", "update.hours.days missing", "update.timeZone unknown-time-zone"], refused.Faults);
        Assert.Equal(["checkScript control-characters"], (await shop.Admin.PutAsync("/api/images/desktop/policy", new { checkScript = "a\0b" }, "*")).Faults);
        Assert.Equal(["name bad-image-name"], (await shop.Admin.PutAsync("/api/images/NO/policy", new { keep = 1 }, "*")).Faults);
        Assert.Equal(200, (await shop.Admin.PutAsync("/api/images/desktop/policy", new { checkScript = new string('a', 64 * 1024) }, "*")).Status);
    }

    [Fact]
    public async Task Check_script_is_run_in_tests()
    {
        await using var shop = await Workshop.StartAsync();
        await shop.Admin.PutAsync("/api/images/desktop/policy", new { checkScript = "exit 0" }, "*");
        var job = await shop.OverAsync(await shop.Admin.PostAsync("/api/images/desktop/versions/v1/test"));
        Assert.Equal("exit 0", Assert.IsType<TestImage>(shop.Host.Begun.Single(order => order.Id == job.Id).Work).Script);
        shop.Broker.Host.Versions = [.. shop.Broker.Host.Versions, Workshop.Version("v2", 2, passed: null)];
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Host.Begun.Any(order => order.Work is TestImage { Version: "v2", Script: "exit 0" })), "the new version is tested with it by itself");
    }

    [Fact]
    public async Task Versions_beyond_what_is_kept_go_and_those_that_something_uses_stay()
    {
        await using var shop = await Workshop.StartAsync(
            warm: 1,
            versions: [.. Enumerable.Range(1, 6).Select(i => Workshop.Version($"v{i}", i)), Workshop.Version("v7", 7, passed: false)]);
        await Eventually.HoldsAsync(() => shop.Broker.QueryAsync(db => db.Machines.Any(machine => machine.State == MachineState.Ready && machine.ImageVersion == "v6")), "the pool has the newest that passed");

        // The pool could go back to v2, and somebody works on v1.
        await shop.Broker.ChangeAsync(db => db.Pools.Single().PreviousVersion = "v2");
        await shop.EditAsync(new { image = "desktop", version = "v1" });
        await shop.Broker.PassesAsync(2);
        Assert.Equal(7, shop.Broker.Host.Versions.Count);
        await shop.Admin.PutAsync("/api/images/desktop/policy", new { keep = 1 }, "*");
        await Eventually.HoldsAsync(async () => !await shop.HasAsync("v3") && !await shop.HasAsync("v4"), "what is beyond that is deleted");
        await shop.Broker.PassesAsync(3);
        Assert.Equal(["v1", "v2", "v5", "v6", "v7"], shop.Broker.Host.Versions.Select(version => version.Version).Order());
        Assert.All(await shop.Broker.QueryAsync(db => db.ImageJobs.Where(job => job.Kind == "delete").ToList()), job => Assert.Equal("system", job.Who));
    }

    [Fact]
    public async Task Version_that_cannot_be_deleted_is_not_tried_over_and_over()
    {
        await using var shop = await Workshop.StartAsync(arrange: host => host.Failure = "The disk does not answer", versions: [Workshop.Version("v1", 1), Workshop.Version("v2", 2)]);
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync("/api/pools/desktops")).At("rollOut", "current") == "v2", "the pool has the newer one");
        await shop.Admin.PutAsync("/api/images/desktop/policy", new { keep = 0 }, "*");
        await Eventually.HoldsAsync(() => shop.Broker.QueryAsync(db => db.ImageJobs.Any(job => job.Kind == "delete" && job.Ended != null)), "it was tried");
        await shop.Broker.PassesAsync(3);
        Assert.Equal(1, await shop.Broker.QueryAsync(db => db.ImageJobs.Count(job => job.Kind == "delete")));
        Assert.Equal(2, shop.Broker.Host.Versions.Count);
    }

    [Fact]
    public async Task Image_is_updated_once_in_its_hours()
    {
        var clock = new SetClock();
        await using var shop = await Workshop.StartAsync(time: clock);
        At(clock, DayOfWeek.Saturday, 12);
        await shop.Admin.PutAsync("/api/images/desktop/policy", new { update = new { hours = new { days = new[] { "saturday" }, from = "22:00", to = "02:00" } } }, "*");
        await shop.Broker.PassesAsync(2);
        Assert.Empty(shop.Host.Begun);
        clock.Ahead += TimeSpan.FromHours(11);
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Host.Begun.Any(order => order.Work is UpdateImage { Version: "v1" })), "it is updated");
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync("/api/images")).Body.EnumerateArray().Any(version => version.GetProperty("origin").GetString() == "update" && version.GetProperty("offered").GetBoolean()), "what came of it was tested");
        clock.Ahead += TimeSpan.FromHours(2);
        await shop.Broker.PassesAsync(3);
        Assert.Single(shop.Host.Begun, order => order.Work is UpdateImage);
        clock.Ahead += TimeSpan.FromDays(7);
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Host.Begun.Count(order => order.Work is UpdateImage) == 2), "it is updated again in the next week's hours");
    }

    [Fact]
    public async Task Image_of_a_recipe_is_built_anew_in_its_hours()
    {
        var clock = new SetClock();
        await using var shop = await Workshop.StartAsync(time: clock, arrange: host => host.Recipes = [new HostRecipe("desktop", "r2")], versions: [Workshop.Version("v1", origin: ImageOrigin.Recipe, recipe: "r1")]);
        At(clock, DayOfWeek.Monday, 3);
        await shop.Admin.PutAsync("/api/images/desktop/policy", new { update = new { hours = new { days = new[] { "monday" }, from = "02:00", to = "04:00" } } }, "*");
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Host.Begun.Any(order => order.Work is BuildImage { Recipe: "desktop", Author: "system" })), "it is built");
        Assert.DoesNotContain(shop.Host.Begun, order => order.Work is UpdateImage);
    }

    [Theory]
    [InlineData("2026-11-21T21:59", null)]
    [InlineData("2026-11-21T22:00", "2026-11-21T22:00")]
    [InlineData("2026-11-22T01:59", "2026-11-21T22:00")]
    [InlineData("2026-11-22T02:00", null)]
    [InlineData("2026-11-22T22:30", null)]
    public void Hours_that_go_on_past_midnight_began_the_day_before(string now, string? began)
    {
        var window = new UpdateWindow(new WeekHours([DayOfWeek.Saturday], new TimeOnly(22, 0), new TimeOnly(2, 0)), "Asia/Seoul");
        static DateTimeOffset Seoul(string text) => new(DateTime.Parse(text, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.FromHours(9));
        Assert.Equal(began is null ? null : Seoul(began), window.Began(Seoul(now).ToUniversalTime()));
    }

    private static void At(SetClock clock, DayOfWeek day, int hour)
    {
        var now = TimeProvider.System.GetUtcNow();
        var then = new DateTimeOffset(now.Date, TimeSpan.Zero).AddDays(((int)day - (int)now.DayOfWeek + 7) % 7 + 7).AddHours(hour);
        clock.Ahead = then - now;
    }
}
