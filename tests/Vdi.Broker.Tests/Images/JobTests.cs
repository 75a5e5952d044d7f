using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vdi.Broker.Images;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;
using static Vdi.Broker.Tests.Images.UploadTests;

namespace Vdi.Broker.Tests.Images;

/// <summary>Work that is ordered is said until it is over, whatever happens to broker, host and line.</summary>
public sealed class JobTests
{
    [Fact]
    public async Task Work_is_ordered_once_followed_and_said_no_more_when_it_is_over()
    {
        await using var shop = await Workshop.StartAsync();
        shop.Host.Held = true;
        var ordered = await shop.Admin.PostAsync("/api/images/desktop/versions/v1/test");
        Assert.Equal(("waiting", "waits for the host"), (ordered.Text("state"), ordered.Text("step")));
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync($"/api/images/jobs/{ordered.Id}")) is var job && job.Text("state") == "running" && job.At("fraction") == "0.5", "it goes on");
        await shop.Broker.PassesAsync(3);
        Assert.Single(shop.Host.Begun, order => order.Id == ordered.Id);
        shop.Host.Held = false;
        var over = await shop.OverAsync(ordered);
        Assert.Equal(("done", "", "False"), (over.Text("state"), over.At("fraction"), over.At("cancelling")));
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Host.Orders.Count == 0 && shop.Broker.Host.Workshop is not null), "it is not said any more");
        Assert.Equal(ordered.Id, (await shop.Admin.GetAsync("/api/images/jobs")).Body.GetProperty("items")[0].GetProperty("id").GetGuid());
        Assert.Equal("0", (await shop.Admin.GetAsync("/api/images/jobs?unfinished=true")).At("total"));
        var audit = (await shop.Admin.GetAsync("/api/audit?target=image/desktop/v1")).Body.GetProperty("items");
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync("/api/audit?action=image")).Body.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("action").GetString()).Intersect(["image.test", "image.job.done"]).Count() == 2, "order and end are audited");
    }

    [Fact]
    public async Task Cancelled_work_is_given_up_also_where_the_host_had_not_heard_of_it()
    {
        await using var shop = await Workshop.StartAsync(arrange: host => host.Deaf = true);
        var ordered = await shop.Admin.PostAsync("/api/images/desktop/versions/v1/test");
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Host.Orders.Any(order => order.Id == ordered.Id)), "it is said");
        Assert.Equal(200, (await shop.Admin.PostAsync($"/api/images/jobs/{ordered.Id}/cancel")).Status);
        Assert.Equal(200, (await shop.Admin.PostAsync($"/api/images/jobs/{ordered.Id}/cancel")).Status);
        await Eventually.HoldsAsync(() => Task.FromResult(shop.Host.Orders.Any(order => order.Id == ordered.Id && order.Cancelled)), "the host is told to give it up");
        shop.Host.Deaf = false;
        Assert.Equal("cancelled", (await shop.OverAsync(ordered)).Text("state"));
        Assert.Equal((404, "unknown-job"), Code(await shop.Admin.PostAsync($"/api/images/jobs/{Guid.NewGuid()}/cancel")));
    }

    [Fact]
    public async Task Work_that_moves_no_more_is_given_up_in_time_with_a_reason()
    {
        var clock = new SetClock();
        await using var shop = await Workshop.StartAsync(time: clock);
        shop.Host.Held = true;
        var ordered = await shop.Admin.PostAsync("/api/images/desktop/versions/v1/test");
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync($"/api/images/jobs/{ordered.Id}")).Text("state") == "running", "it goes on");
        clock.Ahead = ImageFollower.StillFor - TimeSpan.FromMinutes(5);
        await shop.Broker.PassesAsync(2);
        Assert.Equal("running", (await shop.Admin.GetAsync($"/api/images/jobs/{ordered.Id}")).Text("state"));
        clock.Ahead = ImageFollower.StillFor + TimeSpan.FromMinutes(5);
        var over = await shop.OverAsync(ordered);
        Assert.Equal("failed", over.Text("state"));
        Assert.Contains("nothing moved for 2 hours; last, it said: works", over.Text("step"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_of_a_host_that_answers_nothing_ends_all_the_same()
    {
        var clock = new SetClock();
        await using var shop = await Workshop.StartAsync(time: clock, arrange: host => host.Deaf = true);
        var ordered = await shop.Admin.PostAsync("/api/images/desktop/versions/v1/test");
        clock.Ahead = ImageFollower.WaitsFor + TimeSpan.FromMinutes(1);
        await shop.Broker.PassesAsync(2);
        Assert.Equal("True", (await shop.Admin.GetAsync($"/api/images/jobs/{ordered.Id}")).At("cancelling"));
        clock.Ahead += ImageFollower.GivesUpWithin;
        var over = await shop.OverAsync(ordered);
        Assert.Equal("failed", over.Text("state"));
        Assert.Contains("24 hours", over.Text("step"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_over_is_forgotten_after_a_month_and_uploads_after_a_week()
    {
        var clock = new SetClock();
        await using var shop = await Workshop.StartAsync(time: clock);
        var job = await shop.OverAsync(await shop.Admin.PostAsync("/api/images/desktop/versions/v1/test"));
        var edit = await shop.EditAsync(new { image = "desktop" });
        await shop.Admin.DeleteAsync($"/api/images/edits/{edit}");
        var (left, goneOnWith) = (await shop.UploadAsync("left.iso"), await shop.UploadAsync("kept.iso"));
        clock.Ahead = TimeSpan.FromDays(6);
        await shop.Broker.ChangeAsync(db => db.ImageUploads.Single(upload => upload.Id == goneOnWith).Touched += TimeSpan.FromDays(6));
        var sweep = shop.Broker.Services.GetServices<IHostedService>().OfType<ImageSweep>().Single();
        await sweep.SweepAsync(default);
        Assert.Equal(2, await shop.Broker.QueryAsync(db => db.ImageUploads.Count()));
        clock.Ahead = TimeSpan.FromDays(8);
        await sweep.SweepAsync(default);
        await Eventually.HoldsAsync(() => shop.Broker.QueryAsync(db => db.ImageUploads.Select(upload => upload.Id).ToList() is [var one] && one == goneOnWith), "the upload that nobody goes on with is forgotten");
        Assert.True(await shop.Broker.QueryAsync(db => db.ImageJobs.Any(row => row.Id == job.Id) && db.ImageEdits.Any(row => row.Id == edit)));
        clock.Ahead = TimeSpan.FromDays(31);
        await sweep.SweepAsync(default);
        await Eventually.HoldsAsync(() => shop.Broker.QueryAsync(db => !db.ImageJobs.Any(row => row.Id == job.Id) && !db.ImageEdits.Any()), "job and edit are forgotten");
        Assert.NotEqual(left, goneOnWith);
    }

    [Fact]
    public async Task Words_of_guests_are_cut_to_what_can_be_kept_and_shown()
    {
        await using var shop = await Workshop.StartAsync(arrange: host => host.Failure = "bad\0\u001b[31m" + new string('x', 5000));
        var over = await shop.OverAsync(await shop.Admin.PostAsync("/api/images/desktop/versions/v1/test"));
        Assert.StartsWith("bad\ufffd\ufffd[31mxxx", over.Text("step"), StringComparison.Ordinal);
        Assert.InRange(over.Text("step").Length, 900, 1000);
    }

    [Fact]
    public async Task Two_who_order_the_same_at_once_get_one_job()
    {
        await using var shop = await Workshop.StartAsync();
        shop.Host.Held = true;
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => shop.Admin.PostAsync("/api/images/desktop/versions/v1/test")));
        var won = Assert.Single(answers, answer => answer.Status == 202);
        Assert.All(answers.Where(answer => answer != won), answer => Assert.Equal((409, won.Id), (answer.Status, answer.Body.GetProperty("job").GetGuid())));
    }
}
