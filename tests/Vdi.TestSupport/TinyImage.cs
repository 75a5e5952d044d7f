using Vdi.Emulator.Images;
using Vdi.Emulator.Templates;

namespace Vdi.TestSupport;

/// <summary>The tiny image, whose guest is a real one with an agent. VDI_TEST_IMAGES and VDI_TEST_TEMPLATES name folders to share; what
/// is not there is made.</summary>
public static class TinyImage
{
    public static async Task<Template> TemplateAsync(TemporaryState state, TestEmulator emulator)
    {
        var images = new ImageStore(state.Folder, Path.Combine(Repository.Root, "deploy", "image"), TimeProvider.System);
        if (Environment.GetEnvironmentVariable("VDI_TEST_IMAGES") is { } shared && Directory.Exists(Path.Combine(shared, "tiny")))
        {
            state.Borrow(state.Folder.Images, shared);
        }
        else
        {
            await images.BuildAsync("tiny", null, default);
        }

        if (Environment.GetEnvironmentVariable("VDI_TEST_TEMPLATES") is { Length: > 0 } templates && Directory.Exists(templates))
        {
            state.Borrow(state.Folder.Templates, templates);
        }

        return await emulator.Supply(images).GetAsync("tiny", null, default);
    }
}
