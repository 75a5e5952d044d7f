using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Vdi.Server.Client.Site;

/// <summary>A site file in YAML as the document that the API takes, and on which line each field of it stands.</summary>
internal sealed partial class SiteFile
{
    /// <summary>Deeper than any document; what is deeper refers to itself.</summary>
    private const int MostDeep = 32;

    /// <summary>More values than any site; a small file that says so many repeats itself by aliases.</summary>
    private const int MostValues = 1_000_000;
    private readonly Dictionary<string, long> _lines = [];
    private int _values;

    private SiteFile(string name) => Name = name;

    public string Name { get; }

    public JsonObject Document { get; private set; } = [];

    /// <param name="name">As errors call it.</param>
    /// <exception cref="ApiException">It is no YAML, or not of the core schema's kinds; the line is named.</exception>
    public static SiteFile Read(string name, TextReader text)
    {
        var file = new SiteFile(name);
        var parser = new Parser(text);
        try
        {
            var yaml = new YamlStream();
            yaml.Load(parser);
            if (yaml.Documents.Count > 1)
            {
                throw file.Fault(yaml.Documents[1].RootNode.Start, "A site is one document: take the line with --- away.");
            }

            file.Document = yaml.Documents.Count == 0 ? []
                : file.Convert(yaml.Documents[0].RootNode, "", 0) switch { JsonObject site => site, null => [], _ => throw file.Fault(yaml.Documents[0].RootNode.Start, "A site file has the sections groups, users, pools and quotas.") };
            return file;
        }
        catch (InvalidOperationException)
        {
            // So the parser says that a list or a set of fields is not closed.
            throw file.Fault(parser.Current?.End ?? Mark.Empty, "This is no YAML: something that was begun in brackets, quotes or by indenting does not end.");
        }
        catch (YamlException e)
        {
            throw file.Fault(e.Start, $"This is no YAML: {JsonText.Printable(e.Message)}");
        }
    }

    /// <summary>The line that a field stands on, or what it would stand under; 1 is the first.</summary>
    public long LineOf(string field)
    {
        for (var path = field; path.Length > 0; path = path[..Math.Max(0, path.LastIndexOfAny(['.', '[']))])
        {
            if (_lines.TryGetValue(path, out var line))
            {
                return line;
            }
        }

        return 1;
    }

    /// <summary>What is wrong with a field: "site.yaml:12: pools.x.policy.maximum: …".</summary>
    public string Describe(string field, string detail) => $"{Name}:{LineOf(field)}: {JsonText.Printable(field)}: {JsonText.Printable(detail)}";

    private JsonNode? Convert(YamlNode node, string path, int depth)
    {
        if (depth > MostDeep || ++_values > MostValues)
        {
            throw Fault(node.Start, "This refers to itself, or is more than a site has.");
        }

        switch (node)
        {
            case YamlMappingNode mapping:
                var fields = new JsonObject();
                foreach (var (key, value) in mapping.Children)
                {
                    var name = (key as YamlScalarNode)?.Value ?? throw Fault(key.Start, "A name is text.");
                    var inner = path.Length == 0 ? name : $"{path}.{name}";
                    _lines[inner] = key.Start.Line;
                    fields[name] = Convert(value, inner, depth + 1);
                }

                return fields;
            case YamlSequenceNode sequence:
                var list = new JsonArray();
                foreach (var (item, i) in sequence.Children.Select((item, i) => (item, i)))
                {
                    _lines[$"{path}[{i}]"] = item.Start.Line;
                    list.Add(Convert(item, $"{path}[{i}]", depth + 1));
                }

                return list;
            default:
                return Scalar((YamlScalarNode)node);
        }
    }

    /// <summary>As YAML's core schema reads it; what stands in quotes is text.</summary>
    private static JsonNode? Scalar(YamlScalarNode node) => node.Value switch
    {
        { } text when node.Style is not (ScalarStyle.Plain or ScalarStyle.Any) => JsonValue.Create(text),
        null or "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        { } text when WholeNumber().IsMatch(text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
        { } text when Number().IsMatch(text) && double.TryParse(text, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
        { } text => JsonValue.Create(text),
    };

    private ApiException Fault(Mark at, string detail) => new($"{Name}:{at.Line}: {detail}");

    [GeneratedRegex(@"^[-+]?[0-9]+$")]
    private static partial Regex WholeNumber();

    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    internal static partial Regex Number();
}
