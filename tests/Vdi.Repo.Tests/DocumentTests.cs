using System.Text.RegularExpressions;
using Vdi.TestSupport;

namespace Vdi.Repo.Tests;

public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents => ["README.md", "src/ARCHITECTURE.md"];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Document_names_only_paths_that_exist(string document)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, document));
        var paths = Paths().Matches(text).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.NotEmpty(paths);
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(Repository.Root, path)) || Path.Exists(Path.Combine(Repository.Root, "src", path)), $"{document} names {path}, which does not exist"));
    }

    [Fact]
    public void Decisions_are_numbered_without_gaps()
    {
        var numbers = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "docs", "adr"), "*.md").Select(file => Path.GetFileName(file)[..4]).Order();
        Assert.Equal(Enumerable.Range(1, numbers.Count()).Select(number => $"{number:0000}"), numbers);
    }

    /// <summary>Paths in code marks that begin with a folder of the repository.</summary>
    [GeneratedRegex(@"`((?:src|tests|deploy|client-web|docs|Vdi\.[A-Za-z]+)/[A-Za-z0-9_./-]*)`")]
    private static partial Regex Paths();
}
