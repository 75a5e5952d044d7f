namespace Vdi.Emulator.Tests.Networks;

/// <summary>A test that needs root: it makes network namespaces.</summary>
public sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "Needs root";
        }
    }
}
