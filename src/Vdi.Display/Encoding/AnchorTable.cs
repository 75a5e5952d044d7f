namespace Vdi.Display.Encoding;

/// <summary>A small hash table for millions of look-ups that mostly find nothing: a bit set answers those.</summary>
internal sealed class AnchorTable
{
    private const int Slots = 1 << 15;
    private readonly ulong[] _hashes = new ulong[Slots];
    private readonly (short X, short Y, bool Used, bool Twice)[] _places = new (short, short, bool, bool)[Slots];
    private readonly ulong[] _filter = new ulong[1 << 11];

    public int Count { get; private set; }

    public void Add(ulong hash, int x, int y)
    {
        if (Count >= Slots / 2)
        {
            return;
        }

        var slot = SlotOf(hash);
        if (_places[slot].Used)
        {
            _places[slot].Twice = true;
            return;
        }

        (_hashes[slot], _places[slot]) = (hash, ((short)x, (short)y, true, false));
        Count++;
        var bit = BitOf(hash);
        _filter[bit >> 6] |= 1UL << (bit & 63);
    }

    public bool TryFind(ulong hash, out (int X, int Y) at)
    {
        var bit = BitOf(hash);
        if ((_filter[bit >> 6] >> (bit & 63) & 1) == 0)
        {
            at = default;
            return false;
        }

        ref readonly var place = ref _places[SlotOf(hash)];
        at = (place.X, place.Y);
        return place is { Used: true, Twice: false };
    }

    private static int BitOf(ulong hash) => (int)(hash >> 47);

    /// <summary>Where the hash is, or where it would go.</summary>
    private int SlotOf(ulong hash)
    {
        var slot = (int)((hash * 0xD6E8FEB86659FD93) >> 49);
        while (_places[slot].Used && _hashes[slot] != hash)
        {
            slot = (slot + 1) & (Slots - 1);
        }

        return slot;
    }
}
