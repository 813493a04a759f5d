function g(n){let t=new WeakMap;return e=>{let r=e.parentElement,i=t.get(r);i===void 0&&(i=n(e),t.set(r,i)),i.update(e);let s=i;return()=>{s.destroy(),t.delete(r)}}}function b(n){n.addEventListener("keydown",t=>{t.stopPropagation()})}function p(n){return n.toLocaleString("en").replaceAll(","," ")}var G=new Intl.DateTimeFormat("en-GB",{day:"numeric",month:"short",year:"numeric",hour:"2-digit",minute:"2-digit"});var A=new Set("loss error err mae mse rmse mape smape rmsle nll perplexity ppl cost regret fid wer cer latency logloss brier deviance".split(" "));function x(n){let t=n.replace(/^metrics\./,"").replaceAll(/([a-z])([A-Z])/g,"$1 $2").toLowerCase().split(/[^a-z]+/);return/^(metrics\.)?system\//.test(n)||t.includes("epoch")?"none":t.some(e=>A.has(e))?"lower":"higher"}function o(n,t={},...e){let r=document.createElement(n);for(let[i,s]of Object.entries(t))s==null||s===!1||r.setAttribute(i,s===!0?"":String(s));return N(r,e),r}function N(n,t){for(let e of t)e!=null&&n.appendChild(D(e))}function h(n,t,e={}){let r=o("button",{type:"button",...e},n);return r.addEventListener("click",t),r}function D(n){return typeof n=="string"?document.createTextNode(n):n}var I=1500;function y(n,t,e=""){let r=h(n,()=>{navigator.clipboard.writeText(t()).then(()=>i("Copied"),()=>i("Not allowed"))},{class:"quiet text","aria-label":e?`${n} ${e}`:null}),i=s=>{r.textContent=s,setTimeout(()=>r.textContent=n,I)};return r}var J=new Intl.Segmenter(void 0,{granularity:"grapheme"});var v=new Intl.Collator("en",{numeric:!0}).compare;function $(n){let t=n.filter(s=>s!==null);if(t.length<2)return"";let e=Math.min(...t),r=Math.max(...t)-e,i=!1;return n.map((s,l)=>{if(s===null)return i=!1,"";let c=2+l/(n.length-1)*116,m=22-(r>0&&Number.isFinite(r)?(s-e)/r:.5)*20,a=i?"L":"M";return i=!0,`${a}${c.toFixed(1)} ${m.toFixed(1)}`}).join("")}function w(n){let t=$(n);if(!t)return null;let e=document.createElementNS("http://www.w3.org/2000/svg","svg");e.setAttribute("viewBox","0 0 120 24"),e.setAttribute("width",String(120)),e.setAttribute("height",String(24)),e.setAttribute("class","sparkline"),e.setAttribute("aria-hidden","true");let r=document.createElementNS("http://www.w3.org/2000/svg","path");return r.setAttribute("d",t),e.append(r),e}var C=8,M=100,H=240,L=4,E="system/",f=class{data;version=null;all=!1;systemIsOpen=!1;unfolded=new Set;root=o("div",{class:"run-values"});search=o("input",{type:"search"});count=o("span",{class:"count",role:"status"});bar=o("div",{class:"bar"},this.search,this.count);body=o("div",{});constructor(t,e){this.data=t.data,this.root.append(o("style",{},e),this.bar,this.body),t.parentElement.append(this.root),b(this.root),this.search.addEventListener("input",()=>this.draw())}update(t){let{data:e}=t;if(this.version===null&&e.metrics.some(R)&&t.setStateValue("drawn",!0),this.version===e.version)return;this.version=e.version,this.data=e;let r=`${e.kind.toLowerCase()}s`;this.search.placeholder=`Search ${r}`,this.search.setAttribute("aria-label",`Search ${r}`),this.bar.hidden=e.metrics.length+e.texts.length<C,this.draw()}destroy(){this.root.remove()}draw(){let t=this.search.value.trim().toLowerCase(),e=(...a)=>!t||a.some(d=>d.toLowerCase().includes(t)),r=this.data.metrics.filter(({name:a})=>e(a)).sort((a,d)=>v(a.name,d.name)),i=this.data.texts.filter(({name:a,value:d})=>e(a,d)),s=r.length+i.length;this.count.textContent=t?`${p(s)} found`:"";let l=r.filter(({name:a})=>!a.startsWith(E)),c=r.filter(({name:a})=>a.startsWith(E)),u=[];l.length&&u.push(this.metricTable(l)),c.length&&u.push(this.systemTable(c,t!=="")),i.length&&u.push(this.textTable(i));let m=Math.max(l.length,c.length,i.length);m>M&&!this.all&&u.push(this.allButton(m)),s||u.push(o("p",{class:"nothing"},"Nothing here has these letters.")),this.body.replaceChildren(...u)}shown(t){return this.all?t:t.slice(0,M)}allButton(t){return h(`Show all ${p(t)}`,()=>{this.all=!0,this.draw()},{class:"quiet text"})}systemTable(t,e){let r=o("details",{open:this.systemIsOpen||e},o("summary",{},`System metrics · ${p(t.length)}`),this.metricTable(t));return r.addEventListener("toggle",()=>{e||(this.systemIsOpen=r.open)}),r}metricTable(t){let e=["Metric","","Last","Best"].map((r,i)=>r?o("th",{scope:"col",class:i>1?"number":null},r):o("td",{class:"curve"}));return o("table",{class:"metrics"},o("thead",{},o("tr",{},...e)),o("tbody",{},...this.shown(t).map(O)))}textTable(t){let e=[this.data.kind,"Value"].map(r=>o("th",{scope:"col"},r));return o("table",{class:"texts"},o("thead",{},o("tr",{},...e,o("td",{}))),o("tbody",{},...this.shown(t).map(r=>this.textRow(r))))}textRow({name:t,value:e}){let r=k(e),i=r!==e&&!this.unfolded.has(t),s=o("span",{class:"value"},i?`${r}…`:e),l=h(i?`Show all ${p(e.length)} signs`:"Fold",()=>{this.unfolded.delete(t)||this.unfolded.add(t),this.draw()},{class:"quiet text","aria-expanded":String(!i)});return o("tr",{},o("th",{scope:"row"},t),o("td",{},s,r===e?null:l),o("td",{class:"copy"},y("Copy",()=>e,t)))}};function R({line:n}){return!n.length}function k(n){return n.split(`
`,L).join(`
`).slice(0,H)}function O(n){let t=x(n.name),[e,r]=t==="lower"?[n.low,n.low_step]:[n.high,n.high_step];return o("tr",{},o("th",{scope:"row"},n.name),o("td",{class:"curve"},w(n.line)),T(n.last,n.step),t==="none"||!e?o("td",{class:"number"}):T(e,r))}function T(n,t){return o("td",{class:"number"},o("span",{class:"amount"},n),t?o("span",{class:"step"},`step ${t}`):null)}var S=`.run-values {
  --faint: var(--st-gray-text-color, #55636a);
  --line: var(--st-border-color);
  --soft: color-mix(in srgb, var(--st-primary-color) 12%, transparent);
  display: flex;
  flex-direction: column;
  gap: 8px;
  font: 13px/1.4 var(--st-font);
  color: var(--st-text-color);
  font-variant-numeric: tabular-nums;
  container-type: inline-size;
}
.run-values * { box-sizing: border-box; }
.run-values [hidden] { display: none; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; }
.bar input {
  flex: 0 1 260px;
  min-width: 0;
  height: 32px;
  padding: 0 10px;
  border: 1px solid var(--line);
  border-radius: var(--st-base-radius, 8px);
  background: var(--st-background-color);
  color: inherit;
  font: inherit;
}
.count, .step, thead th, .nothing { color: var(--faint); }
.nothing { margin: 4px 0; }
table { width: 100%; border-collapse: collapse; }
tr { border-bottom: 1px solid var(--line); }
th, td { padding: 5px 10px 5px 0; text-align: start; vertical-align: baseline; font-weight: 400; }
:is(th, td):last-child { padding-right: 0; }
thead th { font-size: 12px; }
tbody th { overflow-wrap: anywhere; }
.metrics tbody th { width: 46%; }
.texts tbody th { width: 34%; color: var(--faint); }
.number { text-align: end; white-space: nowrap; }
td.curve { width: 130px; }
.sparkline { display: block; }
.sparkline path { fill: none; stroke: var(--st-primary-color); stroke-width: 1.5; stroke-linejoin: round; }
.amount { display: block; }
.step { display: block; font-size: 12px; }
.value { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
.copy { width: 1%; text-align: end; white-space: nowrap; }
.copy .quiet { opacity: 0; }
tr:hover .copy .quiet, .copy .quiet:focus-visible { opacity: 1; }
@media (hover: none) { .copy .quiet { opacity: 1; } }
.quiet { display: inline-flex; align-items: center; min-height: 24px; padding: 0 6px; border: 0; border-radius: 6px;
  background: none; color: var(--st-link-color); font: inherit; cursor: pointer; }
.value + .quiet { margin-left: -2px; }
.quiet:hover { background: var(--soft); }
details { margin-top: 6px; }
summary { min-height: 28px; font-weight: 600; cursor: pointer; }
:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
@container (max-width: 460px) {
  .metrics .curve { display: none; }
}
`;var ut=g(n=>new f(n,S));export{ut as default};
