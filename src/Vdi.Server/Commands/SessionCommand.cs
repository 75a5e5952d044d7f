using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi session: everybody's sessions.</summary>
internal static class SessionCommand
{
    private const string All = "/api/all-sessions";

    /// <summary>Characters of the longest bar.</summary>
    private const int Bar = 30;
    private static readonly Argument<string> Id = new("id") { Description = "The session's id, or how only its id begins" };

    public static Command Create() => new("session", "Everybody's sessions") { List(), Show(), End() };

    private static ApiVerb List()
    {
        var pool = new Option<string?>("--pool") { Description = "Only those of this pool" };
        var user = new Option<string?>("--user") { Description = "Only those of this person" };
        var state = new Option<string?>("--state") { Description = "Only those in this state" }.AcceptOnlyFromAmong("queued", "preparing", "connecting", "connected", "disconnected", "ending", "ended");
        var ended = new Option<bool>("--ended") { Description = "Also those that are over" };
        var paging = new Paging();
        return new ApiVerb(
            "list",
            "Lists sessions, newest first",
            call => paging.ListAsync(
                call,
                ApiClient.Path(All, ("pool", call.Get(pool)), ("user", call.Get(user)), ("state", call.Get(state)), ("ended", call.Get(ended))),
                Column.At("id", "id"),
                Column.At("user", "user"),
                Column.At("pool", "pool"),
                Column.At("state", "state"),
                Column.InstantAt("since", "since"),
                Column.At("reason", "reason")),
            [pool, user, state, ended, .. paging.Options]);
    }

    private static ApiVerb Show() => new(
        "show",
        "Shows a session and the trace of its launch",
        async call =>
        {
            var session = (await call.Api.GetAsync($"{All}/{await IdAsync(call)}", call.Stop)).Body as JsonObject ?? [];
            var steps = (session["steps"] as JsonArray ?? []).OfType<JsonObject>().ToList();
            if (!call.Json)
            {
                session.Remove("steps");
            }

            call.Details(session);
            if (!call.Json)
            {
                call.Table(null, steps, Column.At("step", "name"), new("ms", step => Milliseconds(step).ToString("0.0", CultureInfo.InvariantCulture)), new("", step => Line(Milliseconds(step), steps.Max(Milliseconds))));
            }
        },
        Id);

    private static ApiVerb End()
    {
        var text = new Option<string?>("--text") { Description = "What the person is told" };
        var reset = new Option<bool>("--reset") { Description = "Destroys also a person's own machine: the next one begins anew from the image" };
        return new ApiVerb(
            "end",
            "Ends somebody's session; what is not saved is lost",
            async call =>
            {
                var id = await IdAsync(call);
                call.Say((await call.Api.PostAsync($"{All}/{id}/end", new JsonObject { ["text"] = call.Get(text), ["reset"] = call.Get(reset) }, call.Stop)).Body, $"Session {id} is ended");
            },
            Id,
            text,
            reset);
    }

    private static Task<string> IdAsync(Call call) => Lookup.IdAsync(call, All, call.Get(Id), "session");

    private static double Milliseconds(JsonObject step) => step["milliseconds"]?.GetValue<double>() ?? 0;

    private static string Line(double length, double longest) => longest <= 0 ? "" : new string('=', (int)Math.Round(length / longest * Bar));
}
