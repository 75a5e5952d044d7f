using Vdi.Emulator;
using Vdi.Emulator.Images;
using Vdi.Emulator.Templates;
using Vdi.TestSupport;

namespace Vdi.Benchmarks;

/// <summary>Images and templates of the state folder, made where they are missing: a fresh machine has none.</summary>
internal static class InstalledImages
{
    public static async Task<Template> TemplateAsync(StateFolder installed, string image)
    {
        var images = new ImageStore(installed, Path.Combine(Repository.Root, "deploy", "image"), TimeProvider.System);
        if (images.Find(image) is null)
        {
            Console.Error.WriteLine($"building the image '{image}'");
            await images.BuildAsync(image, "bench", "", null, default);
        }

        return await new TestEmulator(installed).Supply(images).GetAsync(image, size: null, app: null, null, default);
    }
}
