namespace Vdi.TestSupport;

/// <summary>A folder of image recipes with one, "small", whose program is the test's own: it gets the image's name and the folder to fill, which is there.</summary>
public sealed class RecipeFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("vdi-recipes").FullName;

    /// <param name="script">For /bin/sh.</param>
    public void Write(string script)
    {
        var recipe = Directory.CreateDirectory(System.IO.Path.Combine(Path, "small")).FullName;
        File.WriteAllText(System.IO.Path.Combine(recipe, "packages"), "");
        File.WriteAllText(System.IO.Path.Combine(recipe, "recipe"), "MEMORY_MIB=64\n");
        var build = System.IO.Path.Combine(Path, "build");
        File.WriteAllText(build, $"#!/bin/sh\nmkdir -p \"$2\" || exit 1\n{script}\n");
        File.SetUnixFileMode(build, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
