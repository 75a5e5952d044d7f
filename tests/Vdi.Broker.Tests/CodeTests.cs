using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Vdi.TestSupport;

namespace Vdi.Broker.Tests;

/// <summary>Every code that a person may meet stands in one frozen list; Vitest demands a translation of each.</summary>
public sealed partial class CodeTests
{
    [Fact]
    public void Codes_in_the_source_are_the_frozen_list()
    {
        var codes = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal)))
        {
            var source = File.ReadAllText(file);
            var problems = ProblemCodes().Matches(source);
            Assert.True(problems.Count == ProblemCalls().Count(source), $"{file}: a code is not written out where the problem is made, so nobody can list it");
            codes.UnionWith(problems.Concat(ReasonCodes().Matches(source)).Concat(ErrorCodes().Matches(source)).Concat(EndCodes().Matches(file.EndsWith("/EndCode.cs", StringComparison.Ordinal) ? source : "")).Concat(FaultCodes().Matches(source)).Select(match => match.Groups[1].Value));
        }

        // Identity's own words about a password.
        codes.UnionWith(typeof(IdentityErrorDescriber).GetMethods().Select(method => method.Name).Where(name => name.StartsWith("Password", StringComparison.Ordinal)));
        var actual = JsonSerializer.Serialize(codes, Indented) + "\n";
        Assert.Equal(Golden.FreezeText("api/codes.json", actual), actual);
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [GeneratedRegex(@"Problems\.Problem\(")]
    private static partial Regex ProblemCalls();

    [GeneratedRegex(@"Problems\.Problem\(\s*StatusCodes\.\w+,\s*""([^""]+)""")]
    private static partial Regex ProblemCodes();

    [GeneratedRegex(@"new Reason\(""([^""]+)""")]
    private static partial Regex ReasonCodes();

    [GeneratedRegex(@"const string \w+ = ""([^""]+)""")]
    private static partial Regex EndCodes();

    [GeneratedRegex(@"\bAdd\(\$?[^,()]*,\s*""([a-z-]+)"",\s*\$?""")]
    private static partial Regex FaultCodes();

    [GeneratedRegex(@"code = ""([^""]+)""")]
    private static partial Regex ErrorCodes();
}
