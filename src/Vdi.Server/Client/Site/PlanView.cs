using System.Text.Json.Nodes;
using Spectre.Console;

namespace Vdi.Server.Client.Site;

/// <summary>A plan as people read it: what is made, changed, deleted and left alone, each field with its old and its new value.</summary>
internal static class PlanView
{
    private static readonly (string Action, string Sign, string Color, string Did)[] Actions =
        [("create", "+", "green", "created"), ("restore", "+", "green", "restored"), ("change", "~", "yellow", "changed"), ("delete", "-", "red", "deleted")];

    public static bool ChangesAnything(JsonNode? plan) => All(plan).Any(change => change["action"].Text() != "same");

    public static void Write(JsonNode? plan, IAnsiConsole to)
    {
        foreach (var change in All(plan))
        {
            if (Actions.FirstOrDefault(each => each.Action == change["action"].Text()) is not { Sign: not null } action)
            {
                continue;
            }

            to.MarkupLine($"[{action.Color}]{action.Sign} {Markup.Escape($"{change["kind"].Show()} {change["name"].Show()}")}[/]{(action.Action is "restore" ? " (from the recycle bin)" : action.Action is "delete" && change["kind"].Text() != "quota" ? " (to the recycle bin)" : "")}");
            foreach (var field in (change["fields"] as JsonArray ?? []).OfType<JsonObject>().Where(_ => action.Action != "delete"))
            {
                to.MarkupLine($"    {Markup.Escape(field["field"].Show())}: {Value(field["old"], field["new"], action.Action == "change")}");
            }
        }

        var same = All(plan).Count(change => change["action"].Text() == "same");
        to.WriteLine($"{Count(plan, act => $"to be {act.Did}")}; {same} as the file says already");
    }

    /// <summary>"2 created, 1 changed".</summary>
    public static string Done(JsonNode? plan) => Count(plan, action => action.Did);

    private static string Count(JsonNode? plan, Func<(string Action, string Sign, string Color, string Did), string> word)
    {
        var counts = Actions.Select(action => (Count: All(plan).Count(change => change["action"].Text() == action.Action), Word: word(action))).Where(each => each.Count > 0).Select(each => $"{each.Count} {each.Word}").ToList();
        return counts.Count == 0 ? "Nothing to do" : string.Join(", ", counts);
    }

    /// <summary>Old and new; of lists what comes and what goes.</summary>
    private static string Value(JsonNode? old, JsonNode? now, bool both)
    {
        if (!both)
        {
            return $"[green]{Shown(now)}[/]";
        }

        if (old is not JsonArray was || now is not JsonArray becomes)
        {
            return $"[red]{Shown(old)}[/] -> [green]{Shown(now)}[/]";
        }

        var less = was.Where(item => !becomes.Any(other => JsonNode.DeepEquals(item, other))).Select(item => $"[red]-{Shown(item)}[/]");
        var more = becomes.Where(item => !was.Any(other => JsonNode.DeepEquals(item, other))).Select(item => $"[green]+{Shown(item)}[/]");
        return string.Join(", ", less.Concat(more).DefaultIfEmpty("in another order"));
    }

    private static string Shown(JsonNode? node) => Markup.Escape(node.Show() is { Length: > 0 } text ? text : "nothing");

    private static IEnumerable<JsonObject> All(JsonNode? plan) => (plan?["changes"] as JsonArray ?? []).OfType<JsonObject>();
}
