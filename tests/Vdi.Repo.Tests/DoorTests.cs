using System.Xml.Linq;
using Vdi.TestSupport;

namespace Vdi.Repo.Tests;

/// <summary>The doors between the rooms, as src/ARCHITECTURE.md shows them.</summary>
public sealed class DoorTests
{
    private static readonly Dictionary<string, string[]> Doors = new()
    {
        ["Vdi.Protocol"] = [],
        ["Vdi.Emulator"] = ["Vdi.Protocol"],
        ["Vdi.Display"] = ["Vdi.Protocol"],
        ["Vdi.Broker"] = ["Vdi.Protocol"],
        ["Vdi.Host"] = ["Vdi.Display", "Vdi.Emulator", "Vdi.Protocol"],
        ["Vdi.Server"] = ["Vdi.Broker", "Vdi.Host"],
    };

    [Fact]
    public void Projects_open_only_the_doors_that_are_drawn()
    {
        var actual = Projects().ToDictionary(file => Path.GetFileNameWithoutExtension(file), file => References(file, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)!).Order().ToArray());
        Assert.Equal(Doors.Keys.Order(), actual.Keys.Order());
        Assert.All(Doors, door => Assert.Equal(door.Value, actual[door.Key]));
    }

    [Fact]
    public void Database_stays_in_the_broker_and_web_framework_out_of_the_cores()
    {
        foreach (var file in Projects())
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var packages = References(file, "PackageReference").Concat(References(file, "FrameworkReference")).ToList();
            Assert.True(name == "Vdi.Broker" || !packages.Exists(package => package.Contains("EntityFramework", StringComparison.Ordinal)), $"{name} references the database");
            Assert.True(name is "Vdi.Broker" or "Vdi.Host" or "Vdi.Server" || !packages.Exists(package => package.Contains("AspNetCore", StringComparison.Ordinal)), $"{name} references ASP.NET");
        }
    }

    private static IEnumerable<string> Projects() => Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.csproj", SearchOption.AllDirectories);

    private static IEnumerable<string> References(string project, string kind) =>
        XDocument.Load(project).Descendants(kind).Select(element => element.Attribute("Include")!.Value.Replace('\\', '/'));
}
