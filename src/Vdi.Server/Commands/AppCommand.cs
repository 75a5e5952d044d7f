using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi app: published applications and the links to them, by a server's API. What else there is to an application is its pool's: vdi pool.</summary>
internal static class AppCommand
{
    private static readonly Argument<string> Image = new("image") { Description = "The image that has it" };
    private static readonly Argument<string> App = new("app") { Description = "The application's short name, which is its pool's" };

    public static Command Create() => new("app", "Published applications, each a pool whose machines show nothing else")
    {
        Discover(), Publish(), List(), new Command("link", "Links to an application for people who do not sign in") { NewLink(), ListLinks(), Revoke() },
    };

    private static ApiVerb Discover() => new(
        "discover",
        "Lists the applications that an image has; a machine is forked for it",
        async call =>
        {
            var found = await FindAsync(call);
            call.Table(
                found,
                Items(found),
                Column.At("entry", "entry"),
                Column.At("name", "name"),
                new("command", app => string.Join(' ', [app["command"].Show(), .. (app["arguments"] as JsonArray ?? []).Select(word => word.Show())])),
                new("opens", app => string.Join(' ', (app["fileTypes"] as JsonArray ?? []).Take(3).Select(type => type.Show()))),
                new("", app => app["terminal"]?.GetValue<bool>() is true ? "runs in a terminal" : app["icon"] is null ? "has no icon" : ""));
        },
        Image);

    private static ApiVerb Publish()
    {
        var entry = new Argument<string>("entry") { Description = "As 'discover' lists it" };
        var id = new Option<string?>("--id") { Description = "Its short name in links (default: the entry's)" };
        var set = Changes.NewOption();
        return new ApiVerb(
            "publish",
            "Publishes an application of an image: its template is made with it open",
            async call =>
            {
                var found = await FindAsync(call);
                if (Items(found).FirstOrDefault(app => app["entry"].Text() == call.Get(entry)) is not { } app)
                {
                    throw new ApiException($"Image '{call.Get(Image)}' has no '{call.Get(entry)}'; it has: {string.Join(", ", Items(found).Select(each => each["entry"].Show()))}");
                }

                var slug = call.Get(id) ?? Slug(call.Get(entry));
                var settings = Changes.Merge(
                    new JsonObject
                    {
                        ["name"] = app["name"]?.DeepClone(),
                        ["description"] = app["comment"]?.DeepClone(),
                        ["image"] = call.Get(Image),
                        ["app"] = new JsonObject(new[] { "command", "arguments", "folder", "fileTypes", "icon" }.Select(name => KeyValuePair.Create(name, app[name]?.DeepClone()))),
                    },
                    Changes.Read(call.Get(set)));
                var made = (await call.Api.PostAsync("/api/pools", new JsonObject { ["id"] = slug, ["settings"] = settings }, call.Stop)).Body;
                call.Say(made, $"{settings["name"].Show()} is published as /app/{slug}{((made.At("settings.access") as JsonArray)?.Count == 0 ? $"; nobody may open it yet: vdi pool edit {slug} --set access=role:user" : "")}");
            },
            Image,
            entry,
            id,
            set);
    }

    private static ApiVerb List() => new(
        "list",
        "Lists the published applications",
        async call =>
        {
            var pools = (await call.Api.GetAllAsync("/api/pools", call.Stop)).Where(pool => pool.At("settings.app") is JsonObject).ToList();
            call.Table(
                new JsonArray([.. pools.Select(pool => pool.DeepClone())]),
                pools,
                Column.At("app", "id"),
                Column.At("name", "settings.name"),
                Column.At("version", "settings.app.version"),
                Column.At("image", "settings.image"),
                Column.At("command", "settings.app.command"),
                Column.At("ready", "machines.ready"),
                Column.At("sessions", "sessions"));
        });

    private static ApiVerb NewLink()
    {
        var name = new Argument<string>("name") { Description = "What it is for" };
        var days = new Option<double>("--days") { Description = "How long it is good", DefaultValueFactory = _ => 7 };
        var uses = new Option<int?>("--uses") { Description = "How often it may be used (default: as often as one likes)" };
        var minutes = new Option<int?>("--minutes") { Description = "How long a session may be" };
        var clipboard = new Option<bool>("--clipboard") { Description = "What is copied may go both ways, as far as the pool allows it" };
        var files = new Option<bool>("--files") { Description = "The same for files" };
        var say = new Option<string[]>("--say") { Description = "What it says to the application: parameter=value, as often as one likes", DefaultValueFactory = _ => [] };
        return new ApiVerb(
            "create",
            "Makes a link; its secret is said once",
            async call =>
            {
                var made = (await call.Api.PostAsync(
                    Links(call),
                    new JsonObject
                    {
                        ["name"] = call.Get(name),
                        ["expires"] = TimeProvider.System.GetUtcNow().AddDays(call.Get(days)).ToString("O", CultureInfo.InvariantCulture),
                        ["maxUses"] = call.Get(uses),
                        ["minutes"] = call.Get(minutes),
                        ["clipboard"] = call.Get(clipboard),
                        ["files"] = call.Get(files),
                        ["arguments"] = new JsonObject(call.Get(say).Select(text => text.Split('=', 2) is [var parameter, var value]
                            ? KeyValuePair.Create<string, JsonNode?>(parameter, value)
                            : throw new ApiException($"--say wants parameter=value, not '{JsonText.Printable(text)}'."))),
                    },
                    call.Stop)).Body;
                call.Say(made, made?["url"].Show() ?? "");
            },
            App,
            name,
            days,
            uses,
            minutes,
            clipboard,
            files,
            say);
    }

    private static ApiVerb ListLinks()
    {
        var paging = new Paging();
        return new ApiVerb(
            "list",
            "Lists the links to an application, the newest first",
            call => paging.ListAsync(
                call,
                Links(call),
                Column.At("link", "id"),
                Column.At("name", "name"),
                Column.InstantAt("expires", "expires"),
                new("uses", link => link["maxUses"] is { } most ? $"{link["uses"].Show()} of {most.Show()}" : link["uses"].Show()),
                Column.At("made by", "createdBy"),
                new("", link => link["problem"].Text() switch { "link-revoked" => "revoked", "link-expired" => "expired", "link-used-up" => "used up", _ => "" })),
            [App, .. paging.Options]);
    }

    private static ApiVerb Revoke()
    {
        var link = new Argument<Guid>("link") { Description = "As 'list' lists it" };
        return new ApiVerb(
            "revoke",
            "Revokes a link, and ends the sessions that came by it",
            async call => call.Say((await call.Api.DeleteAsync($"{Links(call)}/{call.Get(link):D}", call.Stop)).Body, "The link is of no use any more"),
            App,
            link);
    }

    private static async Task<JsonNode?> FindAsync(Call call) => (await call.Api.PostAsync($"/api/images/{Uri.EscapeDataString(call.Get(Image))}/apps", new JsonObject(), call.Stop)).Body;

    private static IEnumerable<JsonObject> Items(JsonNode? found) => (found?["items"] as JsonArray ?? []).OfType<JsonObject>();

    private static string Links(Call call) => $"{Lookup.Pool(call.Get(App))}/links";

    /// <summary>An entry's name as it may stand in an address: "org.gnome.Evince" becomes "evince".</summary>
    private static string Slug(string entry) => string.Concat(entry.Split('.')[^1].ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-')).Trim('-');
}
