using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Vdi.Broker.Api;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Api;

/// <summary>What a request with an Idempotency-Key answers when it is sent again, and when another is sent with the same key.</summary>
public sealed class IdempotencyTests
{
    [Fact]
    public async Task Same_request_with_the_same_key_is_done_once()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 3);
        var kim = await broker.PersonAsync("kim");
        await broker.PolicyAsync(policy => policy with { SessionsPerUser = 3 });
        await Eventually.HoldsAsync(async () => (await kim.GetAsync("/api/desktops")).Body[0].GetProperty("ready").GetInt32() == 3, "three machines are ready");
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => kim.PostOnceAsync("/api/sessions", new { pool = "desktops", another = true }, "key-1")));
        var done = answers.Where(answer => answer.Status == 200).ToList();
        Assert.All(answers.Except(done), answer => Assert.Equal("key-busy", answer.Text("code")));
        Assert.Single(done.Select(answer => answer.Id).Distinct());
        Assert.Equal(done[0].Id, (await kim.PostOnceAsync("/api/sessions", new { pool = "desktops", another = true }, "key-1")).Id);
        Assert.Equal("key-reused", (await kim.PostOnceAsync("/api/sessions", new { pool = "desktops" }, "key-1")).Text("code"));
        Assert.NotEqual(done[0].Id, (await kim.PostOnceAsync("/api/sessions", new { pool = "desktops", another = true }, "key-2")).Id);
        Assert.Equal(2, (await kim.GetAsync("/api/sessions")).Body.GetArrayLength());
    }

    [Fact]
    public async Task Edits_that_differ_only_in_a_list_are_two_requests()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var first = await admin.PatchOnceAsync("/api/pools/desktops", new { tags = new[] { "one" } }, "key");
        Assert.Equal(200, first.Status);
        var other = await admin.PatchOnceAsync("/api/pools/desktops", new { tags = new[] { "two" } }, "key");
        Assert.Equal((422, "key-reused"), (other.Status, other.Text("code")));
        var again = await admin.PatchOnceAsync("/api/pools/desktops", new { tags = new[] { "one" } }, "key");
        Assert.Equal((200, first.Body.ToString()), (again.Status, again.Body.ToString()));
        Assert.Equal(first.At("version"), (await admin.GetAsync("/api/pools/desktops")).At("version"));
    }

    [Fact]
    public async Task Edits_that_differ_deep_in_a_patch_or_in_null_are_two_requests()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        Assert.Equal(200, (await admin.PatchOnceAsync("/api/pools/desktops", new { policy = new { idleMinutes = 20 } }, "key")).Status);
        Assert.Equal(422, (await admin.PatchOnceAsync("/api/pools/desktops", new { policy = new { idleMinutes = 30 } }, "key")).Status);
        Assert.Equal(422, (await admin.PatchOnceAsync("/api/pools/desktops", new { policy = new { idleMinutes = (int?)null } }, "key")).Status);
        Assert.Equal(200, (await admin.PatchOnceAsync("/api/pools/desktops", "{ \"policy\" :\n {\"idleMinutes\": 20} }", "key")).Status);
    }

    [Fact]
    public async Task Requests_that_differ_in_their_query_or_their_address_are_two()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        Assert.Equal(200, (await admin.PostOnceAsync("/api/site?plan=true", new { groups = new { } }, "key")).Status);
        Assert.Equal(422, (await admin.PostOnceAsync("/api/site?plan=true&prune=true", new { groups = new { } }, "key")).Status);
        Assert.Equal(422, (await admin.PostOnceAsync("/api/site?plan=true", new { groups = new { a = new { } } }, "key")).Status);
        Assert.Equal(422, (await admin.PostOnceAsync("/api/pools/desktops/open", new { groups = new { } }, "key")).Status);
        Assert.Equal(200, (await admin.PostOnceAsync("/api/site?plan=true", new { groups = new { } }, "key")).Status);
    }

    [Fact]
    public async Task Secret_that_was_told_once_is_told_again_to_the_same_request_and_kept_nowhere_in_clear()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        var made = await admin.PostOnceAsync("/api/tokens", new { name = "script", scopes = new[] { "read" }, days = 1 }, "key");
        var again = await admin.PostOnceAsync("/api/tokens", new { name = "script", scopes = new[] { "read" }, days = 1 }, "key");
        Assert.Equal((201, made.Text("secret")), (again.Status, again.Text("secret")));
        var kept = await broker.QueryAsync(db => db.KeptAnswers.AsNoTracking().Single());
        Assert.DoesNotContain(made.Text("secret"), kept.Body + kept.Request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_are_kept_for_a_day_and_no_longer()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        Assert.Equal(200, (await admin.PatchOnceAsync("/api/pools/desktops", new { description = "first" }, "key")).Status);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        using var sweep = new KeptAnswerSweep(broker.Services.GetRequiredService<IServiceScopeFactory>(), time, NullLogger<KeptAnswerSweep>.Instance);
        await sweep.StartAsync(default);
        time.Advance(IdempotencyFilter.Kept - TimeSpan.FromHours(1));
        await sweep.SweepAsync(default);
        Assert.Equal(1, await broker.QueryAsync(db => db.KeptAnswers.Count()));
        await Eventually.HoldsAsync(
            async () =>
            {
                time.Advance(TimeSpan.FromHours(1));
                return await broker.QueryAsync(db => db.KeptAnswers.Count()) == 0;
            },
            "the answer is not kept any more");
        await sweep.StopAsync(default);
        Assert.Equal(200, (await admin.PatchOnceAsync("/api/pools/desktops", new { description = "second" }, "key")).Status);
    }

    [Fact]
    public async Task Answer_that_is_too_old_is_not_given_though_nobody_swept_it_away()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        Assert.Equal(200, (await admin.PatchOnceAsync("/api/pools/desktops", new { description = "first" }, "key")).Status);
        await broker.ChangeAsync(db => db.KeptAnswers.Single().At -= IdempotencyFilter.Kept + TimeSpan.FromMinutes(1));
        Assert.Equal(200, (await admin.PatchOnceAsync("/api/pools/desktops", new { description = "second" }, "key")).Status);
        Assert.Equal("second", (await admin.GetAsync("/api/pools/desktops")).At("settings", "description"));
    }
}
