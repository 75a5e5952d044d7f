using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Vdi.Server.Client;

/// <param name="Text">What is in the cell; null and empty alike for nothing.</param>
internal sealed record Column(string Head, Func<JsonObject, string?> Text)
{
    /// <summary>What is at a path, under its own head.</summary>
    public static Column At(string head, string path) => new(head, item => item.At(path).Show());

    public static Column InstantAt(string head, string path) => new(head, item => item.At(path).ShowInstant());
}

/// <summary>One verb's use of a server, and how it answers: tables for people, with --json what the server said.</summary>
internal sealed record Call(ApiClient Api, ParseResult Given, CancellationToken Stop)
{
    /// <summary>Wide enough where nobody looks: lines for other programs are not wrapped.</summary>
    private const int Unwrapped = 4000;

    public bool Json => Given.GetValue(ClientOptions.Json);

    public T Get<T>(Option<T> option) => Given.GetValue(option)!;

    public T Get<T>(Argument<T> argument) => Given.GetValue(argument)!;

    /// <summary>A console on standard output; without colours where that is no terminal.</summary>
    public static IAnsiConsole Out()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        console.Profile.Width = Console.IsOutputRedirected ? Unwrapped : console.Profile.Width;
        return console;
    }

    /// <summary>Writes one line, or the JSON of the answer; an empty answer is an empty object.</summary>
    public void Say(JsonNode? answer, string line) => Console.WriteLine(Json ? (answer ?? new JsonObject()).ToJsonString(JsonText.Indented) : line);

    /// <summary>Writes a list as a table.</summary>
    public void Table(JsonNode? answer, IEnumerable<JsonObject> items, params IEnumerable<Column> columns)
    {
        if (Json)
        {
            Say(answer, "");
            return;
        }

        var all = columns.ToList();
        var table = new Table { Border = TableBorder.Simple };
        foreach (var column in all)
        {
            table.AddColumn(new TableColumn(new Text(column.Head)));
        }

        foreach (var item in items)
        {
            table.AddRow(all.Select(column => (IRenderable)new Text(JsonText.Printable(column.Text(item) ?? ""))));
        }

        Out().Write(table);
    }

    /// <summary>Writes the fields of one thing, its settings first and by the names that --set takes.</summary>
    public void Details(JsonNode? answer) => Table(
        answer,
        Fields(answer).Select(field => new JsonObject { ["field"] = field.Path, ["value"] = field.Value }),
        Column.At("field", "field"),
        Column.At("value", "value"));

    private static IEnumerable<(string Path, string Value)> Fields(JsonNode? answer)
    {
        var whole = answer as JsonObject ?? [];
        var settings = whole["settings"] is JsonObject inner ? inner.Leaves() : [];
        var plain = whole.Where(each => each.Value is not JsonObject).Select(each => (Path: each.Key, Value: each.Value.Show())).ToLookup(field => field.Path is "id" or "userName");
        return plain[true].Concat(settings.Select(leaf => (leaf.Path, leaf.Value.Show()))).Concat(plain[false])
            .Concat(whole.Where(each => each.Key != "settings" && each.Value is JsonObject).SelectMany(each => each.Value.Leaves(each.Key)).Select(leaf => (leaf.Path, leaf.Value.Show())));
    }
}
