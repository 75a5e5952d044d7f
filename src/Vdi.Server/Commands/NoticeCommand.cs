using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi notice: words to people.</summary>
internal static class NoticeCommand
{
    public static Command Create() => new("notice", "Words to people, over their desktops and on their start pages") { Say(), List(), TakeBack() };

    private static ApiVerb Say()
    {
        var text = new Argument<string>("text") { Description = "What to say" };
        var user = new Option<string?>("--user") { Description = "To this person only" };
        var pool = new Option<string?>("--pool") { Description = "To the people of this pool only" };
        var minutes = new Option<int?>("--minutes") { Description = "How long it stays on start pages (default: 60)" };
        return new ApiVerb(
            "say",
            "Tells everybody something, or those who are named",
            async call =>
            {
                var said = (await call.Api.PostAsync("/api/notices", new JsonObject { ["text"] = call.Get(text), ["user"] = call.Get(user), ["pool"] = call.Get(pool), ["minutes"] = call.Get(minutes) }, call.Stop)).Body;
                call.Say(said, $"Said, and shown until {said?["until"].ShowInstant()}; take it back with: vdi notice take-back {said?["id"]}");
            },
            text,
            user,
            pool,
            minutes);
    }

    private static ApiVerb List() => new(
        "list",
        "Lists what you are told at the moment",
        async call =>
        {
            var notices = (await call.Api.GetAsync("/api/notices", call.Stop)).Body;
            call.Table(notices, (notices as JsonArray ?? []).OfType<JsonObject>(), Column.At("id", "id"), Column.InstantAt("at", "at"), Column.InstantAt("until", "until"), Column.At("by", "by"), Column.At("text", "text"));
        });

    private static ApiVerb TakeBack()
    {
        var id = new Argument<Guid>("id") { Description = "The notice's id" };
        return new ApiVerb(
            "take-back",
            "Takes a notice off start pages",
            async call => call.Say((await call.Api.DeleteAsync($"/api/notices/{call.Get(id)}", call.Stop)).Body, $"Notice {call.Get(id)} is taken back"),
            id);
    }
}
