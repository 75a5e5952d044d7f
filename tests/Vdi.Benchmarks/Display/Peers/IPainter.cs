using Vdi.Display.Framebuffer;
using Vdi.Protocol.Wire;

namespace Vdi.Benchmarks.Display.Peers;

/// <summary>Paints pictures on a peer's screen.</summary>
internal interface IPainter : IDisposable
{
    /// <summary>Returns once the area is on the screen.</summary>
    void Paint(Picture picture, Rectangle area);
}
