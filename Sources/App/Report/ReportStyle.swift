// How a report looks: light and dark by the reader's preference, narrow screens, paper. Colours
// differ in lightness too, so that they can be told apart without seeing colour.

import Web

extension ReportPage {
    static let style: HTML = """
        :root{--ink:#1c2430;--muted:#5b6675;--line:#d9dee5;--paper:#f6f7f9;--card:#fff;
        --harm:#b3261e;--warn:#b26a00;--calm:#1f7a55;--unsure:#6a7482;--sham:#4a62b8;
        --band:#1f7a5526;--curve:#2b4fa8;--anomaly:#b3261e22;--long:#b3261e38}
        @media (prefers-color-scheme:dark){:root{--ink:#e5e9ef;--muted:#9aa6b5;--line:#333c48;
        --paper:#12161c;--card:#1a2028;--harm:#ff8a80;--warn:#ffbf5e;--calm:#6fd3a4;
        --unsure:#a4afbd;--sham:#9db2ff;--band:#6fd3a42b;--curve:#9db8ff;--anomaly:#ff8a8026;
        --long:#ff8a803d}}
        *{box-sizing:border-box}
        body{font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;margin:0 auto;
        max-width:76rem;padding:1.5rem 1.25rem 3rem;color:var(--ink);background:var(--paper);
        overflow-wrap:break-word}
        a{color:inherit}h1{font-size:1.55rem;line-height:1.3;margin:.2rem 0 .6rem;
        padding-left:.9rem;
        border-left:.4rem solid var(--unsure)}
        h1.harm{border-color:var(--harm)}h1.warn{border-color:var(--warn)}
        h1.calm{border-color:var(--calm)}
        h2{font-size:1.25rem;margin:0 0 .6rem}h3{font-size:1rem;margin:.7rem 0 .15rem}
        h3 small{font-weight:400;margin-left:.6rem}h4{font-size:.85rem;font-weight:500;
        margin:.5rem 0 0}
        .brand{margin:0;font-weight:600;color:var(--muted)}.muted{color:var(--muted);
        font-size:.9rem}
        small{font-size:.82rem;color:var(--muted)}
        strong.harm,p.harm{color:var(--harm)}strong.calm{color:var(--calm)}
        strong.unsure{color:var(--unsure)}
        nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:1rem 0;font-size:.92rem}
        section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;
        padding:1.1rem 1.25rem;margin:0 0 1.1rem;overflow-x:auto}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.7rem;
        margin:0}
        .tiles div{background:var(--card);border:1px solid var(--line);border-radius:.6rem;
        padding:.6rem .85rem}
        dt{color:var(--muted);font-size:.85rem}dd{margin:0;font-size:1.45rem;font-weight:600}
        dd small{display:block;font-weight:400}
        table{border-collapse:collapse;width:100%;font-size:.92rem;margin:.4rem 0}
        th,td{text-align:left;vertical-align:top;padding:.4rem .7rem .4rem 0;
        border-bottom:1px solid var(--line)}
        thead th{font-size:.82rem;font-weight:600;color:var(--muted)}tbody th{font-weight:600}
        td small{display:block}.num{white-space:nowrap}tr:target{background:var(--band)}
        .interval{min-width:6.5rem;display:block;overflow:visible}
        .narrow{max-width:30rem}
        .track{stroke:var(--line);stroke-width:2}.rule{stroke:var(--muted)}
        .whisker{stroke-width:3;stroke:var(--unsure)}.dot{fill:var(--unsure)}
        .whisker.harm{stroke:var(--harm)}.dot.harm{fill:var(--harm)}
        .whisker.calm{stroke:var(--calm)}.dot.calm{fill:var(--calm)}
        .badge{font-size:.78rem;font-weight:600;border:1px solid currentColor;border-radius:1rem;
        padding:.05rem .55rem;white-space:nowrap;color:var(--unsure)}
        .badge.harm,.badge.critical{color:var(--harm)}.badge.calm{color:var(--calm)}
        .badge.warning{color:var(--warn)}
        .finding{border-left:.3rem solid var(--unsure);padding:.1rem 0 .1rem .9rem;margin:0 0 1rem}
        .finding.critical{border-color:var(--harm)}.finding.warning{border-color:var(--warn)}
        .finding p{margin:.15rem 0}.finding ul{margin:.2rem 0;padding-left:1.2rem}
        .remedy{font-weight:600}
        .legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;font-size:.85rem;color:var(--muted);
        margin:.3rem 0}
        .k{font-style:normal}.k.harm{color:var(--harm)}.k.calm{color:var(--calm)}
        .k.unsure{color:var(--unsure)}.k.sham{color:var(--sham)}
        .swatch{display:inline-block;width:1.1rem;height:.75rem;border-radius:.15rem;
        vertical-align:-.05rem}
        .swatch.anomaly{background:var(--long)}.swatch.band{background:var(--band)}
        .swatch.line{background:var(--curve);height:.15rem;vertical-align:.25rem}
        .plot{padding:0 .5rem}
        svg{display:block;overflow:visible}.lane{overflow:hidden;border-radius:.25rem;
        background:var(--paper)}
        .grid{stroke:var(--line)}.strike{stroke:var(--muted);stroke-opacity:.55}
        .strike.close{stroke-dasharray:4 3;stroke-opacity:1}
        .curve{fill:none;stroke:var(--curve);stroke-width:2;vector-effect:non-scaling-stroke;
        stroke-linejoin:round}
        .band{fill:var(--band)}.band.survival{fill:var(--curve);fill-opacity:.16}
        rect.anomaly{fill:var(--anomaly)}rect.long{fill:var(--long)}
        .healed circle{fill:var(--calm)}.healed path{fill:none;stroke:var(--card);stroke-width:2}
        .label{font-size:12px;fill:var(--muted);paint-order:stroke;stroke:var(--paper);
        stroke-width:3px}
        .axis .label{stroke:none}
        .mark{stroke-width:2;stroke-linejoin:round}.bar.harm{fill:var(--harm)}
        .bar.calm{fill:var(--calm)}
        .mark.harm{fill:var(--harm);stroke:var(--harm)}.mark.calm{fill:var(--card);
        stroke:var(--calm)}
        .mark.unsure{fill:var(--card);stroke:var(--unsure)}.bar.unsure{fill:var(--unsure)}
        .bar.sham{fill:var(--sham)}
        .mark.sham{fill:var(--card);stroke:var(--sham)}
        .mark.sham.harm{fill:var(--harm)}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(18rem,100%),1fr));
        gap:1rem}
        .card{border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem;min-width:0}
        .card h3{margin-top:0}.card p{margin:.3rem 0;font-size:.9rem}
        .cell{display:inline-block;padding:.15rem .5rem;border-radius:.35rem;
        border-left:.3rem solid}
        .cell small{display:block}
        .fresh{border-color:var(--calm);background:var(--band)}.aging{border-color:var(--warn)}
        .stale{border-color:var(--harm)}.never{border-color:var(--line);color:var(--muted)}
        .swatch.fresh{background:var(--calm)}.swatch.aging{background:var(--warn)}
        .swatch.stale{background:var(--harm)}.swatch.never{background:var(--line)}
        footer{margin-top:1.5rem}
        @media (max-width:46rem){body{padding:1rem .75rem 2rem}h1{font-size:1.25rem}
        section{padding:.9rem .85rem}.tiles{grid-template-columns:1fr 1fr}dd{font-size:1.2rem}
        thead{display:none}table,tbody,tr,th,td{display:block;width:100%}
        tbody tr{border-bottom:1px solid var(--line);padding:.5rem 0}
        th,td{border:0;padding:.1rem 0;overflow-wrap:anywhere}.num{white-space:normal}
        td:not(:empty){display:grid;grid-template-columns:8rem 1fr;gap:.2rem .6rem}
        td::before{content:attr(data-label);color:var(--muted);font-size:.85rem}
        td>*{grid-column:2;min-width:0}}
        @media print{body{background:#fff;max-width:none;padding:0;font-size:11px}nav{display:none}
        section{border:0;padding:.5rem 0;background:none}
        .card,.finding,tr,svg{break-inside:avoid}h2,h3{break-after:avoid}
        *{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
        """
}
