using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlScalar = YamlDotNet.Core.Events.Scalar;

namespace Vdi.Server.Client.Site;

/// <summary>A site's document as YAML that <see cref="SiteFile"/> reads as the same document.</summary>
internal static partial class SiteYaml
{
    public static void Write(JsonObject site, TextWriter to)
    {
        var yaml = new Emitter(to, EmitterSettings.Default.WithBestWidth(int.MaxValue).WithIndentedSequences());
        yaml.Emit(new StreamStart());
        yaml.Emit(new DocumentStart());
        Write(site, yaml);
        yaml.Emit(new DocumentEnd(isImplicit: true));
        yaml.Emit(new StreamEnd());
    }

    private static void Write(JsonNode? node, Emitter yaml)
    {
        switch (node)
        {
            case JsonObject fields:
                yaml.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, true, fields.Count == 0 ? MappingStyle.Flow : MappingStyle.Block));
                foreach (var (name, value) in fields)
                {
                    yaml.Emit(Text(name));
                    Write(value, yaml);
                }

                yaml.Emit(new MappingEnd());
                break;
            case JsonArray list:
                yaml.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, true, list.All(item => item is JsonValue) ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in list)
                {
                    Write(item, yaml);
                }

                yaml.Emit(new SequenceEnd());
                break;
            default:
                yaml.Emit(node.Text() is { } text ? Text(text) : new YamlScalar(node?.GetValueKind() is null or JsonValueKind.Null ? "null" : node.ToJsonString()));
                break;
        }
    }

    /// <summary>In quotes, unless it can be nothing but text without.</summary>
    private static YamlScalar Text(string text) => Plain().IsMatch(text) && !Word().IsMatch(text)
        ? new YamlScalar(text)
        : new YamlScalar(AnchorName.Empty, TagName.Empty, text, ScalarStyle.DoubleQuoted, false, true);

    /// <summary>Letters first or within; nothing that YAML gives a meaning.</summary>
    [GeneratedRegex(@"^[\p{L}0-9]([\p{L}\p{N}_./+-]| (?=[\p{L}\p{N}]))*$(?<=^.*\p{L}.*$)")]
    private static partial Regex Plain();

    /// <summary>What is, or in older YAML was, no text; and numbers.</summary>
    [GeneratedRegex(@"^(null|true|false|yes|no|on|off|y|n|[0-9][0-9eE_xo.+-]*)$", RegexOptions.IgnoreCase)]
    private static partial Regex Word();
}
