using System.CommandLine;
using System.Text.Json.Nodes;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>vdi group: people who are entitled together.</summary>
internal static class GroupCommand
{
    private static readonly Argument<string> Name = new("group") { Description = "The group's name, or id" };

    private static readonly EditedKind Edited = new("group", Name, (call, deleted) => Lookup.GroupAsync(call, call.Get(Name), deleted), Whole: true);

    public static Command Create() => new("group", "Groups of people")
    {
        List(), Show(), New(),
        Edited.Edit("Changes some of a group's settings, all that is given or nothing; members are replaced"),
        Edited.Delete("Moves a group to the recycle bin: it entitles nobody any more"),
        Edited.Restore("Brings a group back from the recycle bin"),
    };

    private static ApiVerb List()
    {
        var search = new Option<string?>("--search") { Description = "Only those whose name or description contains this" };
        var deleted = new Option<bool>("--deleted") { Description = "Those in the recycle bin" };
        var paging = new Paging();
        return new ApiVerb(
            "list",
            "Lists groups",
            call => paging.ListAsync(call, ApiClient.Path("/api/groups", ("search", call.Get(search)), ("deleted", call.Get(deleted))), Column.At("name", "settings.name"), Column.At("description", "settings.description"), Column.At("tags", "settings.tags"), Column.At("id", "id")),
            [search, deleted, .. paging.Options]);
    }

    private static ApiVerb Show() => new("show", "Shows a group with its members", async call => call.Details((await call.Api.GetAsync(await Lookup.GroupAsync(call, call.Get(Name)), call.Stop)).Body), Name);

    private static ApiVerb New()
    {
        var name = new Argument<string>("group") { Description = "The group's name" };
        var set = Changes.NewOption();
        return new ApiVerb(
            "create",
            "Makes a group",
            async call =>
            {
                var settings = Changes.Read(call.Get(set));
                settings["name"] = call.Get(name);
                call.Say((await call.Api.PostAsync("/api/groups", settings, call.Stop)).Body, $"Group {call.Get(name)} is made");
            },
            name,
            set);
    }
}
