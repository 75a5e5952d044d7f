using Vdi.Protocol.Wire;

namespace Vdi.Display.Viewers;

/// <summary>Where the person looks, as far as the host can tell: where the pointer went, or what a key changed. Its owner keeps calls apart; times are
/// in milliseconds.</summary>
internal sealed class Focus
{
    /// <summary>What changes so soon after a key is the key's doing, where it is no more than a line of text.</summary>
    private const long Echo = 150;
    private const int MaxEcho = 64 * 1024;
    private long _typed = long.MinValue / 2;

    /// <summary>A place on the screen; null before anything was pressed or moved.</summary>
    public (int X, int Y)? Place { get; private set; }

    public void Pointed(int x, int y) => Place = (x, y);

    public void Typed(long now) => _typed = now;

    public void Damaged(Rectangle area, long now)
    {
        if (now - _typed <= Echo && area.Area <= MaxEcho)
        {
            Place = (area.X + (area.Width / 2), area.Y + (area.Height / 2));
        }
    }
}
