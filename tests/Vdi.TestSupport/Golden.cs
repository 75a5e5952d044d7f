namespace Vdi.TestSupport;

/// <summary>Frozen bytes under tests/golden, read by xunit and by Vitest. UPDATE_GOLDEN=1 rewrites them.</summary>
public static class Golden
{
    /// <summary>Returns the frozen bytes of <paramref name="name"/> (a path below tests/golden without .hex), after writing
    /// <paramref name="actual"/> there where that was asked for.</summary>
    public static byte[] Freeze(string name, ReadOnlySpan<byte> actual)
    {
        var path = Path.Combine(Repository.Root, "tests", "golden", name + ".hex");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllLines(path, actual.ToArray().Chunk(32).Select(Convert.ToHexStringLower));
        }

        return Convert.FromHexString(string.Concat(File.ReadAllLines(path)));
    }

    /// <summary>The same for text; <paramref name="name"/> is a path below tests/golden.</summary>
    public static string FreezeText(string name, string actual)
    {
        var path = Path.Combine(Repository.Root, "tests", "golden", name);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }

        return File.ReadAllText(path);
    }
}
