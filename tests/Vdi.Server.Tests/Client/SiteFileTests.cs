using System.Text.Json.Nodes;
using Vdi.Server.Client;
using Vdi.Server.Client.Site;

namespace Vdi.Server.Tests.Client;

/// <summary>Site files as text.</summary>
public sealed class SiteFileTests
{
    [Fact]
    public void What_is_written_is_read_as_the_same()
    {
        string[] texts = ["", " ", " lead", "trail ", "yes", "No", "null", "~", "true", "1", "007", "0x1F", "1e3", ".5", "-", "- a", "a: b", "a #b", "#c", "[d", "{e", "'f", "\"g\"", "08:30", "2026-07-01", "한글 이름", "a\nb", "tab\there", "&h", "*i", "!j", "%k", "@l", "`m", "|", ">", "ü", "1.2.3", "e", "7반", "a,b", "...", "---", "<<", "=", "\u00a0", "😀"];
        var site = new JsonObject
        {
            ["texts"] = new JsonArray([.. texts.Select(text => JsonValue.Create(text))]),
            ["names"] = new JsonObject(texts.Select(text => KeyValuePair.Create<string, JsonNode?>(text, text))),
            ["values"] = new JsonArray(1, -2.5, true, null, new JsonObject(), new JsonArray(), new JsonObject { ["a"] = new JsonArray(new JsonObject { ["b"] = 1e-9 }) }),
        };
        var yaml = new StringWriter();
        SiteYaml.Write(site, yaml);
        Assert.Equal(site.ToJsonString(), SiteFile.Read("x", new StringReader(yaml.ToString())).Document.ToJsonString());
    }

    [Theory]
    [InlineData("pools:\n  a: {name: [\n  b", "x:")]
    [InlineData("pools:\n  a: 1\n  a: 2\n", "x:3: ")]
    [InlineData("a: 1\n---\nb: 2\n", "x:3: ")]
    [InlineData("- a\n", "x:1: ")]
    [InlineData("a: &b\n  c: *b\n", "x:")]
    [InlineData("a: \"\\q\"\n", "x:1: ")]
    public void What_is_no_site_is_named_with_its_line(string yaml, string begins) =>
        Assert.StartsWith(begins, Assert.Throws<ApiException>(() => SiteFile.Read("x", new StringReader(yaml))).Message, StringComparison.Ordinal);

    [Fact]
    public void Field_that_is_missing_is_on_the_line_of_what_it_is_missing_in()
    {
        var file = SiteFile.Read("x", new StringReader("groups: {}\npools:\n  a.b:\n    access:\n      - kind: role\n"));
        Assert.Equal([3, 4, 5, 5, 1], new[] { "pools.a.b.name", "pools.a.b.access", "pools.a.b.access[0].name", "pools.a.b.access[0].kind", "users" }.Select(file.LineOf));
    }
}
